//! The attribute for roles: mappings use its values with a prefix.

use rstest::rstest;
use vestibule_core::ids::RoleId;
use vestibule_simulator::{
    AttributeStatement, Expression, GroupAttributeStatement, GroupFilter, SamlSettings as OktaSettings,
};
use vestibule_store::{providers::saml_connections::AttributeNames, rights::mappings};

use super::{SamlRoom, assert_signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

fn in_okta(okta: &mut OktaSettings) {
    okta.attributes = vec![AttributeStatement::new("Role", Expression::Literal("Editors".to_owned()))];
    okta.group_attributes =
        vec![GroupAttributeStatement::new("groups", GroupFilter::StartsWith("Auditors".to_owned()))];
}

#[rstest]
#[actix_web::test]
async fn a_role_of_the_provider_is_mapped(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::with(&house, "Acme", in_okta, |here| {
        here.jit = Some(true);
        here.attributes = Some(AttributeNames {
            groups: Some("groups".to_owned()),
            roles: Some("Role".to_owned()),
            ..AttributeNames::default()
        });
    })
    .await;
    let (workspace, now) = (acme.room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            mappings::set(conn, &workspace, "role:editors", &RoleId::from_stored("editor"), now).unwrap();
            // A group with this name is not the role.
            mappings::set(conn, &workspace, "Editors", &RoleId::from_stored("viewer"), now).unwrap();
            mappings::set(conn, &workspace, "auditors", &RoleId::from_stored("auditor"), now).unwrap();
        })
        .await;
    let ada = acme.room.okta.add_person("ada@acme.example", "Ada", "Lovelace");
    acme.room.okta.assign_quietly(&acme.app, &ada);
    let group = acme.room.okta.add_group("Auditors");
    acme.room.okta.add_member(&group, &ada);
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    let roles = async || {
        let answer = browser.get(&house.url("/api/check")).await.unwrap().html;
        serde_json::from_str::<serde_json::Value>(&answer).unwrap()["roles"].clone()
    };
    assert_eq!(roles().await, serde_json::json!(["auditor", "editor"]));
    let told = acme.events(&house).await.into_iter().find(|(kind, _)| kind == "groups_claimed").unwrap().1;
    assert!(told.contains("role:Editors") && told.contains(r#""claim":"groups, Role""#), "{told}");

    // After the connection reads no attribute any more, its roles are gone.
    let (workspace, now, id) = (acme.room.workspace.clone(), house.state.now(), acme.connection.clone());
    house
        .write(move |conn| {
            use vestibule_admin::{Actor, provider::saml_connection};
            let settings = saml_connection::SamlSettings {
                name: "Okta".to_owned(),
                attributes: Some(AttributeNames::default()),
                ..saml_connection::SamlSettings::default()
            };
            saml_connection::change(conn, &Actor::cli(now), (&workspace, &id), settings, true).unwrap();
        })
        .await;
    assert_eq!(roles().await, serde_json::json!(["member"]));
}
