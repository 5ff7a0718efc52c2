//! "Save and check": saves the credentials of the connection, then asks the provider whether they are right. Sign-in stays as it is: off,
//! until the step after turns it on.

use vestibule_admin::provider::connection::SettingsError;
use vestibule_core::ids::ConnectionId;
use vestibule_store::{
    access::secrets::Presented,
    providers::{connections, saml_connections, setup_links},
};
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        error::{PageError, PageResult},
        form::Fields,
    },
    provider::{
        doctor::{ask_one, facts, remember},
        okta::{
            form::{SettingsFields, SettingsForm},
            save,
        },
        saml::set_up as saml,
    },
    setup::{
        act::is_saml,
        caller::Caller,
        page::{Shown, show},
        step::Step,
    },
};

/// Saves and checks.
pub(super) async fn save(caller: &Caller, form: &Parameters) -> PageResult {
    if is_saml(caller).await? {
        return save_saml(caller, form).await;
    }
    let mut fields = SettingsFields::read(form);
    let id = caller.workspace().workspace_id.clone();
    let first = caller.request().read(move |conn| connections::find_first(conn, &id)).await?;
    // Another step has the switch.
    fields.enabled = first.as_ref().is_some_and(|first| first.enabled);
    if first.is_none() && !fields.can_authenticate() {
        let form = Some(SettingsForm::typed(&fields, "Client secret is missing".to_owned()));
        return show(caller, Step::Credentials, Shown { form, ..Shown::default() }).await;
    }
    let (now, browser) = (caller.state().now(), browser(caller));
    let saved = save::save(
        caller.state(),
        caller.workspace(),
        &fields,
        fields.which(),
        caller.author(),
        move |conn| match browser {
            Some(browser) => {
                let over = || SettingsError::Field("this set-up is over; ask for a new link".to_owned());
                setup_links::find_browser(conn, &browser, now)?.map(drop).ok_or_else(over)
            }
            None => Ok(()),
        },
    );
    match saved.await {
        Ok(((), connection)) => checked(caller, &connection.connection_id).await,
        Err(SettingsError::Field(problem)) => {
            let form = Some(SettingsForm::typed(&fields, problem));
            show(caller, Step::Credentials, Shown { form, ..Shown::default() }).await
        }
        Err(SettingsError::Store(error)) => Err(caller.failed(&error)),
    }
}

/// The secret of the browser of a set-up link, whose right is checked again in the transaction.
fn browser(caller: &Caller) -> Option<Presented> {
    match caller {
        Caller::Console(_) => None,
        Caller::Link(_, setup) => Some(setup.browser.clone()),
    }
}

async fn save_saml(caller: &Caller, form: &Parameters) -> PageResult {
    let id = caller.workspace().workspace_id.clone();
    let wanted = id.clone();
    let first = caller.request().read(move |conn| saml_connections::list(conn, &wanted)).await?;
    let first = first.into_iter().next().map(|first| first.connection_id);
    let saved = saml::save(caller.state(), &id, caller.actor(), first, form).await;
    match saved.map_err(|error| caller.failed(&error))? {
        Ok(connection) => checked(caller, &connection.connection_id).await,
        Err(form) => show(caller, Step::Credentials, Shown { saml: Some(form), ..Shown::default() }).await,
    }
}

/// Asks the provider about the connection, remembers its answers for the states of the steps, and shows them.
async fn checked(caller: &Caller, id: &ConnectionId) -> PageResult {
    if caller.is_link() {
        tracing::warn!(workspace = %caller.workspace().workspace_id, "setup_link.saved");
    }
    let failed = |error: vestibule_store::Error| -> PageError { caller.failed(&error) };
    let facts = facts::gather(caller.state(), caller.workspace()).await.map_err(failed)?;
    let checks = ask_one(caller.state(), &facts, id).await;
    let all: Vec<_> = checks.iter().collect();
    remember(caller.state(), &caller.workspace().workspace_id, id, &all).await.map_err(failed)?;
    show(caller, Step::Credentials, Shown { checks, ..Shown::default() }).await
}
