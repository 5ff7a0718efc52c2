//! The terms of a SAML connection. If the UID attribute is compared with a custom attribute of users, the terms have the users whom it
//! names.

use vestibule_person::{Claims, Terms, join};
use vestibule_store::{
    Error,
    providers::saml_connections::{AttributeNames, SamlConnection},
};
use vestibule_web::State;

use crate::refusal::Refusal;

/// Reads the terms. The search for the users has the limits of a SCIM filter: few searches of a workspace at once, each for a limited time.
pub(crate) async fn terms(
    state: &State,
    connection: &SamlConnection,
    names: &AttributeNames,
    claims: &Claims,
) -> Result<Terms, Refusal> {
    let terms = Terms::of_saml(connection, names);
    if !join::is_needed(claims) {
        return Ok(terms);
    }
    let (of, names, claims) = (connection.clone(), names.clone(), claims.clone());
    let found = state.search(&connection.workspace_id, move |conn| {
        join::search(conn, (&of.workspace_id, &of.issuer), &names, &claims)
    });
    match found.await {
        Ok(join) => Ok(terms.joining(join)),
        Err(Error::Busy(_) | Error::TooLong) => Err(Refusal::Busy),
        Err(error) => Err(error.into()),
    }
}
