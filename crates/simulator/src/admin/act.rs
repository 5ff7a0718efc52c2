//! The actions of the administration page. Each calls one method of [`Okta`]; the top of the page displays the result.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::LOCATION},
    web,
};
use serde::Deserialize;

use super::is_own_name;
use crate::{
    directory::{App, Group, Person},
    logout::SubjectFormat,
    okta::Okta,
    support::{
        exchange::{Exchange, Failure},
        html,
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Act {
    csrf: String,
    action: String,
    app: String,
    person: String,
    group: String,
    given: String,
    family: String,
    role: String,
    certificate: String,
}

pub(super) async fn post(
    okta: web::Data<Okta>,
    http: actix_web::HttpRequest,
    form: web::Form<Act>,
) -> HttpResponse {
    if form.csrf != okta.org().csrf || !is_own_name(&http) {
        return html::note(StatusCode::FORBIDDEN, "Not done", "This page is out of date. Open it anew.");
    }
    let notice = match run(&okta, &form).await {
        Ok(said) => match said.len() {
            0 => format!("Done: {}.", form.action),
            requests => format!("Done: {}, {requests} on the wire.", form.action),
        },
        Err(failure) => failure.sentence,
    };
    okta.org().notice = Some(notice);
    HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish()
}

async fn run(okta: &Okta, act: &Act) -> Result<Vec<Exchange>, Failure> {
    let app = || okta.apps().into_iter().find(|app| app.client_id == act.app).ok_or_else(unknown);
    let person = || okta.person(&act.person).ok_or_else(unknown);
    let group = || okta.group(&act.group).ok_or_else(unknown);
    match act.action.as_str() {
        "test the connection" => okta.test_connection(&app()?).await,
        "import people" => okta.import_users(&app()?).await,
        "discover roles" => okta.discover_roles(&app()?).await,
        "assign" => okta.assign(&app()?, &person()?).await,
        "unassign" => okta.unassign(&app()?, &person()?).await,
        "give the role" => okta.assign_roles(&app()?, &person()?, &[act.role.as_str()]).await,
        "sign out of the app" => okta.universal_logout(&app()?, &person()?, SubjectFormat::Email).await,
        "clear user sessions" => okta.clear_user_sessions(&person()?, SubjectFormat::Email).await,
        "change the name" => change_name(okta, person()?, act).await,
        "deactivate" => {
            let person = person()?;
            okta.deactivate_person(&person);
            everywhere(okta, &person, false).await
        }
        "reactivate" => {
            let person = person()?;
            okta.reactivate_person(&person);
            everywhere(okta, &person, true).await
        }
        "push the group" => push(okta, &app()?, &group()?).await,
        "add to the group" => {
            let group = group()?;
            okta.add_member(&group, &person()?);
            push_pushed(okta, &group).await
        }
        "remove from the group" => {
            let group = group()?;
            okta.remove_member(&group, &person()?);
            push_pushed(okta, &group).await
        }
        "generate new certificate" => {
            let made = okta.generate_saml_certificate(&app()?);
            made.map(|_| Vec::new()).map_err(|error| Failure::early(error.to_string()))
        }
        "activate the certificate" => match okta.activate_saml_certificate(&app()?, &act.certificate) {
            true => Ok(Vec::new()),
            false => Err(unknown()),
        },
        "rotate keys" => {
            okta.rotate_keys().map(|_| Vec::new()).map_err(|error| Failure::early(error.to_string()))
        }
        "forget old keys" => {
            okta.forget_old_keys();
            Ok(Vec::new())
        }
        _ => Err(unknown()),
    }
}

fn unknown() -> Failure {
    Failure::early("There is no such thing on this page.")
}

async fn change_name(okta: &Okta, mut person: Person, act: &Act) -> Result<Vec<Exchange>, Failure> {
    act.given.trim().clone_into(&mut person.given);
    act.family.trim().clone_into(&mut person.family);
    okta.update_person(&person);
    let mut said = Vec::new();
    for app in okta.apps() {
        if okta.is_assigned(&app, &person) && okta.scim_id(&app, &person).is_some() {
            said.extend(okta.push_profile(&app, &person).await?);
        }
    }
    Ok(said)
}

/// Deactivates or reactivates a person in every app with a user for them. Reactivation also assigns them again, as an administrator would.
async fn everywhere(okta: &Okta, person: &Person, active: bool) -> Result<Vec<Exchange>, Failure> {
    let mut said = Vec::new();
    for app in okta.apps() {
        if okta.scim_id(&app, person).is_some() && okta.is_assigned(&app, person) {
            said.extend(match active {
                true => okta.reactivate(&app, person).await?,
                false => okta.deactivate(&app, person).await?,
            });
        }
    }
    Ok(said)
}

async fn push(okta: &Okta, app: &App, group: &Group) -> Result<Vec<Exchange>, Failure> {
    match okta.scim_group_id(app, group) {
        Some(_) => okta.push_now(app, group).await,
        None => okta.push_group(app, group).await,
    }
}

async fn push_pushed(okta: &Okta, group: &Group) -> Result<Vec<Exchange>, Failure> {
    let mut said = Vec::new();
    for app in okta.apps() {
        if okta.scim_group_id(&app, group).is_some() {
            said.extend(okta.push_membership(&app, group).await?);
        }
    }
    Ok(said)
}
