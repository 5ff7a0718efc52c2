//! `POST /integrations/okta/conflicts`: resolves one conflict: links the identity to a user, marks it as a new person, or dismisses the
//! conflict.

use vestibule_admin::{self as admin, Refusal, provider::conflicts::Resolution};
use vestibule_store::{
    people::users,
    providers::{conflicts, identities::IdentityKey},
};
use vestibule_web::{http::input::Parameters, pages::isolate};

use crate::{
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
    },
    provider::conflicts::page::show,
};

/// The form: an identity, and what to do with it.
pub struct ResolveForm {
    issuer: String,
    subject: String,
    button: Button,
}

enum Button {
    /// Link the identity to the user of this name.
    Link(String),
    /// The identity is a person who has no user yet.
    New,
    Dismiss,
    Unknown,
}

impl Fields for ResolveForm {
    fn read(form: &Parameters) -> Self {
        let button = match form.text("do") {
            "link" => Button::Link(form.text("user_name").to_owned()),
            "new" => Button::New,
            "dismiss" => Button::Dismiss,
            _ => Button::Unknown,
        };
        Self { issuer: form.text("issuer").to_owned(), subject: form.text("subject").to_owned(), button }
    }
}

/// Resolves it.
pub async fn post(form: Form<Administrator, ResolveForm>) -> PageResult {
    let Form { visitor: administrator, fields: ResolveForm { issuer, subject, button } } = form;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let outcome = administrator
        .change(move |conn| {
            let identity = IdentityKey { issuer: &issuer, subject: &subject };
            // Somebody else resolved it meanwhile.
            if conflicts::find(conn, &workspace_id, identity)?.is_none() {
                return Ok(());
            }
            let user_id;
            let resolution = match button {
                Button::Link(user_name) => {
                    let Some(user) = users::find_by_user_name(conn, &workspace_id, &user_name)? else {
                        let sentence = format!("there is no user {} in this workspace", isolate(&user_name));
                        return Err(Refusal::Conflict(sentence));
                    };
                    user_id = user.user_id;
                    Resolution::Link(&user_id)
                }
                Button::New => Resolution::New,
                Button::Dismiss => Resolution::Dismiss,
                Button::Unknown => {
                    return Err(Refusal::Conflict("the form doesn't say what to do".to_owned()));
                }
            };
            admin::provider::conflicts::resolve(
                conn,
                &actor,
                &workspace_id,
                IdentityKey { issuer: &issuer, subject: &subject },
                resolution,
            )
        })
        .await?;
    match outcome {
        Ok(()) => Ok(administrator.redirect("/integrations/okta/conflicts")),
        Err(problem) => show(&administrator, problem).await,
    }
}
