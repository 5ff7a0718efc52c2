//! `/workspaces/{workspace}/saml-connections`: the SAML connections of a workspace. The provider's metadata is fetched before the change
//! begins.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{
    Refusal,
    provider::{
        connection::address,
        saml_connection::{
            self, MOST_CERTIFICATES, SamlProvider, SamlSettings, addresses, provider_metadata,
            source::Source, switches,
        },
    },
};
use vestibule_core::sets::{OperatorScope, UidField};
use vestibule_store::{
    Conn,
    providers::{
        saml_certificates,
        saml_connections::{self, AttributeNames, SamlConnection},
    },
};
use vestibule_web::State;

use crate::{
    http::{
        answer::{Answer, Outcome},
        endpoint::{self, Call, Caller},
        problem::Problem,
    },
    resources::provider::connection_in_path,
    types::provider::{
        saml_connections as types,
        saml_connections::{SamlConnectionSettings, SamlMetadataRead},
    },
};

/// `GET …/saml-connections`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let mut items = Vec::new();
        for connection in saml_connections::list(conn, &workspace_id)? {
            items.push((connection.connection_id.to_string(), described(conn, caller, connection)?));
        }
        paging.respond(caller, items)
    })
    .await
}

/// `GET …/saml-connections/{connection}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let connection = named(conn, caller)?;
        Answer::ok(described(conn, caller, connection)?)
    })
    .await
}

/// `POST …/saml-connections`: creates one.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::call(&req, payload, &state, created).await
}

async fn created(call: &Call, state: &State) -> Outcome {
    let wanted: SamlConnectionSettings = call
        .read(OperatorScope::Write, |conn, caller| {
            caller.query(&[])?;
            caller.workspace(conn)?;
            caller.body()
        })
        .await?;
    let Some(name) = wanted.name.clone() else { return Err(Problem::field("name", "is missing")) };
    let Some(source) = source(&wanted)? else {
        return Err(Problem::field(
            "metadata_url",
            "or metadata, or issuer, sso_url and certificates must be given",
        ));
    };
    let settings = settings(&wanted, name, &AttributeNames::default(), state)?;
    let (metadata_url, provider) =
        (source.metadata_url().to_owned(), source.read(state).await.map_err(of_member)?);
    let settings = SamlSettings { provider: Some(provider), metadata_url: Some(metadata_url), ..settings };
    call.change(move |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let insecure = caller.allow_insecure();
        let saved = saml_connection::create(conn, &caller.actor, &workspace_id, settings, insecure);
        let saved = saved.map_err(of_member)?;
        Answer::created(described(conn, caller, saved)?)
    })
    .await
}

/// `PATCH …/saml-connections/{connection}`: an absent member changes nothing.
pub async fn patch(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::call(&req, payload, &state, changed).await
}

async fn changed(call: &Call, state: &State) -> Outcome {
    let (before, wanted): (SamlConnection, SamlConnectionSettings) = call
        .read(OperatorScope::Write, |conn, caller| {
            caller.query(&[])?;
            Ok((named(conn, caller)?, caller.body()?))
        })
        .await?;
    let name = wanted.name.clone().unwrap_or_else(|| before.name.clone());
    let mut settings = settings(&wanted, name, &before.attribute_names()?, state)?;
    if let Some(source) = source(&wanted)? {
        settings.metadata_url = Some(source.metadata_url().to_owned());
        settings.provider = Some(source.read(state).await.map_err(of_member)?);
    }
    call.change(move |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let key = (&workspace_id, &before.connection_id);
        let saved = saml_connection::change(conn, &caller.actor, key, settings, caller.allow_insecure());
        let saved = saved.map_err(of_member)?;
        Answer::ok(described(conn, caller, saved)?)
    })
    .await
}

/// `DELETE …/saml-connections/{connection}`: with its certificates.
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let connection = named(conn, caller)?;
        saml_connection::delete(conn, &caller.actor, &connection.workspace_id, &connection.connection_id)?;
        Answer::nothing()
    })
    .await
}

/// `POST …/saml-connections/{connection}/read-metadata`: reads the provider's metadata now.
pub async fn read_metadata(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::call(&req, payload, &state, metadata_read).await
}

async fn metadata_read(call: &Call, state: &State) -> Outcome {
    let (connection, cause) = call
        .read(OperatorScope::Write, |conn, caller| {
            caller.query(&[])?;
            caller.no_body()?;
            Ok((named(conn, caller)?, caller.actor.cause.clone()))
        })
        .await?;
    if connection.metadata_url.is_empty() {
        return Err(Problem::Conflict("this connection has no metadata URL".to_owned()));
    }
    let read = provider_metadata::read(state, &connection, cause).await.map_err(Problem::Conflict)?;
    call.change(move |_, _| Answer::ok(SamlMetadataRead::from(read))).await
}

/// `POST …/saml-connections/{connection}/certificates/{fingerprint}/trust`: trusts a certificate that waits.
pub async fn trust(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let connection = named(conn, caller)?;
        let key = (&connection.workspace_id, &connection.connection_id);
        switches::trust(conn, &caller.actor, key, &caller.segment("fingerprint").to_ascii_lowercase())?;
        Answer::ok(described(conn, caller, connection)?)
    })
    .await
}

/// The source of the provider's settings that the body names; `None` if it names none.
fn source(wanted: &SamlConnectionSettings) -> Result<Option<Source>, Problem> {
    let by_hand = wanted.issuer.is_some() || wanted.sso_url.is_some() || wanted.certificates.is_some();
    match (&wanted.metadata_url, &wanted.metadata, by_hand) {
        (None, None, false) => Ok(None),
        (Some(url), None, false) => Ok(Some(Source::MetadataUrl(url.clone()))),
        (None, Some(xml), false) => Ok(Some(Source::Metadata(xml.clone()))),
        (None, None, true) => {
            let missing =
                |name| Problem::field(name, "is missing: issuer, sso_url and certificates belong together");
            let issuer = wanted.issuer.clone().ok_or_else(|| missing("issuer"))?;
            let sso_url = wanted.sso_url.clone().ok_or_else(|| missing("sso_url"))?;
            let certificates = wanted.certificates.clone().ok_or_else(|| missing("certificates"))?;
            if certificates.len() > MOST_CERTIFICATES {
                return Err(Problem::field("certificates", format!("must be at most {MOST_CERTIFICATES}")));
            }
            let certificates = certificates.iter().map(|one| pem(one)).collect();
            Ok(Some(Source::ByHand { issuer, sso_url, certificates }))
        }
        _ => Err(Problem::field(
            "metadata_url",
            "and metadata, and values entered by hand, exclude each other",
        )),
    }
}

/// A certificate as PEM (RFC 7468), whether it was sent so or as bare base64.
fn pem(sent: &str) -> String {
    if sent.contains("-----BEGIN") {
        return format!("{sent}\n");
    }
    format!("-----BEGIN CERTIFICATE-----\n{sent}\n-----END CERTIFICATE-----\n")
}

/// A refusal, with the name of the body's member.
fn of_member(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Field("certificate", sentence) => Problem::field("certificates", sentence),
        Refusal::Field("uid_custom", sentence) => Problem::field("uid_custom_attribute", sentence),
        other => other.into(),
    }
}

/// All settings except those of the provider.
fn settings(
    wanted: &SamlConnectionSettings,
    name: String,
    before: &AttributeNames,
    state: &State,
) -> Result<SamlSettings, Problem> {
    let allow_insecure = state.config().okta.allow_insecure_issuers;
    let okta_org = match wanted.okta_org.as_deref().map(str::trim) {
        None => None,
        Some("") => Some(String::new()),
        Some(typed) => Some(
            address::of_typed(typed, allow_insecure)
                .map_err(|sentence| Problem::field("okta_org", format!("can't be used: {sentence}")))?,
        ),
    };
    Ok(SamlSettings {
        name,
        new_id: None,
        provider: None::<SamlProvider>,
        metadata_url: None,
        trusts_metadata: wanted.trusts_metadata,
        entity_id: wanted.entity_id.clone(),
        slo_url: wanted.slo_url.clone(),
        signs_requests: wanted.signs_requests,
        enabled: wanted.enabled,
        jit: wanted.jit,
        unsolicited: wanted.unsolicited,
        make_default: wanted.make_default,
        attributes: attributes(wanted, before),
        okta_org,
        app_instance_id: wanted.app_instance_id.clone(),
    })
}

/// The names of attributes after the change; `None` when the body names none.
fn attributes(wanted: &SamlConnectionSettings, before: &AttributeNames) -> Option<AttributeNames> {
    let texts = [
        &wanted.user_name_attribute,
        &wanted.email_attribute,
        &wanted.name_attribute,
        &wanted.given_name_attribute,
        &wanted.family_name_attribute,
        &wanted.groups_attribute,
        &wanted.roles_attribute,
        &wanted.uid_attribute,
        &wanted.uid_custom_attribute,
    ];
    if texts.iter().all(|text| text.is_none()) && wanted.uid_is.is_none() {
        return None;
    }
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let mut names = before.clone();
    for (name, wanted) in [
        (&mut names.user_name, &wanted.user_name_attribute),
        (&mut names.email, &wanted.email_attribute),
        (&mut names.name, &wanted.name_attribute),
        (&mut names.given_name, &wanted.given_name_attribute),
        (&mut names.family_name, &wanted.family_name_attribute),
        (&mut names.groups, &wanted.groups_attribute),
        (&mut names.roles, &wanted.roles_attribute),
    ] {
        if let Some(wanted) = wanted {
            *name = given(wanted);
        }
    }
    if let Some(uid) = &wanted.uid_attribute {
        names.uid = given(uid);
        names.uid_is = names.uid_is.filter(|_| names.uid.is_some());
    }
    names.uid_is = wanted.uid_is.or(names.uid_is);
    names.uid_custom = match &wanted.uid_custom_attribute {
        Some(custom) => given(custom),
        None => names.uid_custom.filter(|_| names.uid_is == Some(UidField::Custom)),
    };
    Some(names)
}

fn described(
    conn: &mut Conn,
    caller: &Caller<'_>,
    connection: SamlConnection,
) -> Result<types::SamlConnection, Problem> {
    let certificates = saml_certificates::list(conn, &connection)?;
    let ours = addresses::of(&caller.state().config().region.api_url, &connection);
    let names = connection.attribute_names()?;
    Ok(types::SamlConnection::new(connection, names, &certificates, ours))
}

fn named(conn: &mut Conn, caller: &Caller<'_>) -> Result<SamlConnection, Problem> {
    let (workspace_id, id) = connection_in_path(conn, caller)?;
    saml_connections::find(conn, &workspace_id, &id)?.ok_or(Problem::NotFound)
}
