//! `GET|POST /auth`: one field, the work e-mail address, whose domain says which workspace's Okta to go to. Also where
//! signing out ends. It tells nobody whether a person exists: only domains are looked at.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use url::Url;
use vestibule_store::domains;
use vestibule_web::{
    State, domain,
    input::Parameters,
    page::{self, Around, FormTargets},
    request, return_to,
};

use crate::door::{redirect, unreadable};

#[derive(Template, Default)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    signed_out: bool,
    email: &'a str,
    target: &'a str,
    problem: &'a str,
    others: Vec<(&'a String, &'a String)>,
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let query = match Parameters::of_query(&req) {
        Ok(query) => query,
        Err(error) => return unreadable(&state, &error),
    };
    let target = query.get("target_link_uri").and_then(|uri| return_to::safe(&state.config().region, uri));
    let content = SignInPage {
        signed_out: query.get("signed_out").is_some(),
        target: target.as_deref().unwrap_or_default(),
        ..SignInPage::default()
    };
    show(&state, StatusCode::OK, content)
}

/// Sends the browser on to the workspace's Okta.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let form = match Parameters::of_form(&req, payload).await {
        Ok(form) => form,
        Err(error) => return unreadable(&state, &error),
    };
    let email = form.text("email").trim().to_owned();
    let target = form.get("target_link_uri").and_then(|uri| return_to::safe(&state.config().region, uri));
    let Some(domain) = domain::of_email(&email) else {
        return again(
            &state,
            &email,
            target.as_deref(),
            "Type your whole work e-mail address, such as ada@acme.example.",
        );
    };
    let wanted = domain.clone();
    let workspace_id = match state.read(move |conn| domains::find_workspace(conn, &wanted)).await {
        Ok(workspace_id) => workspace_id,
        Err(error) => return page::failed(&state, &request::id(&req), &error),
    };
    let Some(workspace_id) = workspace_id else {
        let problem = format!(
            "No workspace in region {} signs in with {domain}. Open the app from your Okta dashboard instead, or ask your administrator.",
            state.config().region.name
        );
        return again(&state, &email, target.as_deref(), &problem);
    };
    let mut pairs = vec![("team_id", workspace_id), ("login_hint", email)];
    pairs.extend(target.map(|target| ("target_link_uri", target)));
    match Url::parse_with_params(&state.api_url("/api/okta/oidc/login"), pairs) {
        Ok(url) => redirect(url),
        Err(error) => page::failed(&state, &request::id(&req), &error),
    }
}

fn again(state: &State, email: &str, target: Option<&str>, problem: &str) -> HttpResponse {
    let content = SignInPage { email, target: target.unwrap_or_default(), problem, ..SignInPage::default() };
    show(state, StatusCode::UNPROCESSABLE_ENTITY, content)
}

fn show<'a>(state: &'a State, status: StatusCode, mut content: SignInPage<'a>) -> HttpResponse {
    content.others = state.config().region.others.iter().collect();
    let around = Around { form_targets: FormTargets::Anywhere, ..Around::default() };
    page::render(state, status, "Sign in", &around, &content)
}
