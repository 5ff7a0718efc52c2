//! The UID attribute, compared with a custom attribute of SCIM.

use rstest::rstest;
use serde_json::json;
use vestibule_admin::{Actor, Refusal, provider::saml_connection};
use vestibule_core::sets::UidField;
use vestibule_simulator::{ApplicationUsername, AttributeStatement, Expression, NameIdFormat, Person};
use vestibule_store::providers::{conflicts, saml_connections::AttributeNames};

use super::{SamlRoom, assert_refused, assert_signed_in, doctor::finding};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House,
};

fn names() -> AttributeNames {
    AttributeNames {
        uid: Some("UID".to_owned()),
        uid_is: Some(UidField::Custom),
        uid_custom: Some("employee".to_owned()),
        ..AttributeNames::default()
    }
}

/// A workspace whose provider sends a NameID that matches no user, and the UID.
async fn joined_by_uid(house: &House) -> SamlRoom {
    let acme = SamlRoom::with(
        house,
        "Acme",
        |okta| {
            okta.name_id_format = NameIdFormat::Persistent;
            okta.application_username = ApplicationUsername::Custom(Expression::Id);
            okta.attributes = vec![AttributeStatement::new("UID", Expression::LastName)];
        },
        |here| here.jit = Some(true),
    )
    .await;
    let declare = ["attribute", "create", "--workspace", &acme.room.workspace, "--name", "employee"];
    Deployment::new(house.database_url(), &house.api).run(&declare, "");
    save(house, &acme, names()).await.unwrap();
    acme
}

async fn save(house: &House, acme: &SamlRoom, names: AttributeNames) -> Result<(), Refusal> {
    let (workspace, id, now) = (acme.room.workspace.clone(), acme.connection.clone(), house.state.now());
    house
        .write(move |conn| {
            let settings = saml_connection::SamlSettings {
                name: "Okta".to_owned(),
                attributes: Some(names),
                ..saml_connection::SamlSettings::default()
            };
            saml_connection::change(conn, &Actor::cli(now), (&workspace, &id), settings, true).map(drop)
        })
        .await
}

/// A person in Okta with this UID, and a user with another name whom SCIM provisioned with this value of the custom attribute.
async fn provisioned(acme: &SamlRoom, login: &str, uid: &str, user_name: &str, value: &str) -> Person {
    let person = acme.room.okta.add_person(login, "Ada", uid);
    acme.room.okta.assign_quietly(&acme.app, &person);
    let schemas = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
    let body = json!({ "schemas": schemas, "userName": user_name, "active": true, "employee": value });
    let (status, answer) = acme.room.scim("POST", "/Users", Some(body)).await;
    assert_eq!(status, 201, "{answer}");
    person
}

async fn count(acme: &SamlRoom) -> serde_json::Value {
    acme.room.scim("GET", "/Users?count=0", None).await.1["totalResults"].clone()
}

#[rstest]
#[actix_web::test]
async fn a_custom_attribute_joins_saml_and_scim(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = joined_by_uid(&house).await;
    let ada = provisioned(&acme, "ada@elsewhere.example", "E-4711", "ada.l", "e-4711").await;
    let before = count(&acme).await;
    for by in ["uid", "identity"] {
        let (browser, page) = acme.sign_in(&ada).await;
        assert_signed_in(&house, &browser, &page);
        let (kind, data) = acme.events(&house).await.remove(0);
        assert!(kind == "signed_in" && data.contains(&format!(r#""by":"{by}""#)), "{kind} {data}");
    }
    assert_eq!(count(&acme).await, before, "one person, no duplicate");
}

#[rstest]
#[actix_web::test]
async fn a_value_of_two_people_names_neither(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = joined_by_uid(&house).await;
    let ada = provisioned(&acme, "ada@acme.example", "E-1", "ada.l", "E-1").await;
    provisioned(&acme, "bob@acme.example", "E-2", "bob.b", "e-1").await;
    let before = count(&acme).await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 403, "An administrator has to let you in");
    assert_eq!(count(&acme).await, before);
    let (kind, data) = acme.events(&house).await.remove(0);
    assert!(kind == "sign_in_refused" && data.contains("several users have this value"), "{kind} {data}");
    let workspace = acme.room.workspace.clone();
    let waiting = house.write(move |conn| conflicts::list(conn, &workspace, 10).unwrap()).await;
    assert_eq!((waiting.len(), waiting[0].reason.as_str(), &waiting[0].user_id), (1, "uid", &None));
    let found = finding(&house, &acme, "saml_shared_uid").await.unwrap();
    assert!(found.contains("Attribute Mappings"), "{found}");
}

#[rstest]
#[actix_web::test]
async fn only_a_declared_attribute_of_one_text_joins(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = joined_by_uid(&house).await;
    let commands = Deployment::new(house.database_url(), &house.api);
    let create =
        ["attribute", "create", "--workspace", &acme.room.workspace, "--name", "teams", "--multi-valued"];
    commands.run(&create, "");
    for (custom, why) in [("nothing", "declared"), ("teams", "several values")] {
        let refused =
            save(&house, &acme, AttributeNames { uid_custom: Some(custom.to_owned()), ..names() }).await;
        assert!(refused.unwrap_err().to_string().contains(why), "{custom}");
    }
    let refused = save(&house, &acme, AttributeNames { uid_custom: None, ..names() }).await;
    assert!(refused.unwrap_err().to_string().contains("belong together"));
    // The attribute can't be deleted while a connection uses it.
    let delete = ["attribute", "delete", "--workspace", &acme.room.workspace, "--name", "employee"];
    let output = commands.command(&delete, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("joins people by employee"));
    save(&house, &acme, AttributeNames::default()).await.unwrap();
    commands.run(&delete, "");
}
