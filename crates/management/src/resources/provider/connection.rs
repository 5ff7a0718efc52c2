//! `/workspaces/{workspace}/connection`: the OpenID Connect connection of a workspace with one such connection; `connections` is for
//! workspaces with several. The client secret is never returned.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{
    people::end_access::{self, EndAccess},
    provider::connection::{self, Settings, address},
};
use vestibule_core::sets::{OperatorScope, ProviderKind};
use vestibule_store::providers::connections;
use vestibule_web::{
    State,
    outbound::discovery::{self, Discovered},
};

use crate::{
    http::{
        answer::{Answer, Outcome},
        endpoint::{self, Call},
        problem::Problem,
    },
    types::provider::connection::{Connection, ConnectionSettings},
};

/// `GET /workspaces/{workspace}/connection`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let connection = connections::find_first(conn, &workspace_id)?.ok_or(Problem::NotFound)?;
        Answer::ok(Connection::from(connection))
    })
    .await
}

/// `PUT /workspaces/{workspace}/connection`: an absent member changes nothing.
pub async fn put(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::call(&req, payload, &state, save).await
}

async fn save(call: &Call, state: &State) -> Outcome {
    let wanted: ConnectionSettings = call
        .read(OperatorScope::Write, |conn, caller| {
            caller.query(&[])?;
            caller.workspace(conn)?;
            caller.body()
        })
        .await?;
    let issuer = match (&wanted.issuer, &wanted.okta_domain) {
        (Some(issuer), None) => address::check_issuer(issuer, state.config().okta.allow_insecure_issuers)
            .map_err(|sentence| Problem::field("issuer", sentence))?,
        (None, Some(domain)) => {
            address::of_okta_domain(domain).map_err(|sentence| Problem::field("okta_domain", sentence))?
        }
        _ => return Err(Problem::field("issuer", "or okta_domain must be given, not both")),
    };
    let discovered = match wanted.check {
        Some(false) => None,
        _ => Some(
            discovery::discover(state, &issuer)
                .await
                .map_err(|sentence| Problem::field("issuer", format!("could not be checked: {sentence}")))?,
        ),
    };
    let settings = settings(wanted, issuer, discovered);
    let saved = call.change(move |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let sealer = caller.state().sealer();
        let saved = connection::save(conn, &caller.actor, sealer, &workspace_id, settings)?;
        Answer::ok(Connection::from(saved))
    });
    let answer = saved.await;
    end_access::resume_soon(state);
    answer
}

fn settings(wanted: ConnectionSettings, issuer: String, discovered: Option<Discovered>) -> Settings {
    Settings {
        assumed: if wanted.okta_domain.is_some() { ProviderKind::Okta } else { ProviderKind::Any },
        issuer,
        client_id: wanted.client_id,
        client_secret: wanted.client_secret,
        enabled: wanted.enabled,
        jit: wanted.jit,
        auth_method: wanted.auth_method,
        dpop: wanted.dpop,
        groups_claim: wanted.groups_claim,
        cross_app: wanted.cross_app,
        discovered,
        end_access: if wanted.end_access { EndAccess::Now } else { EndAccess::No },
        ..Settings::default()
    }
}
