//! Custom attributes that a workspace declares for its users: they behave like other attributes, in that workspace only; when the
//! declaration is removed, no user has a value.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_store::workspaces;

use super::{ENTERPRISE, USER, done, found, patch, person, refused, row, text, trail};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House, Room,
};

const ORG: &str = "urn:acme:params:scim:schemas:Org:2.0:User";

/// Declares an attribute in a running service, as `vestibule attribute create` does.
pub async fn declare(house: &House, room: &Room, schema: &str, name: &str, kind: &str, multi_valued: bool) {
    let declared = json!({
        "schema": schema, "name": name, "type": kind, "multiValued": multi_valued, "caseExact": false, "description": "",
    });
    let (workspace, now, region) = (room.workspace.clone(), house.state.now(), "us");
    house
        .write(move |conn| {
            let found = workspaces::find(conn, &workspace, region).unwrap().unwrap();
            let mut all = found.custom_attributes().unwrap();
            all.push(declared);
            workspaces::set_custom_attributes(conn, &workspace, all, now).unwrap();
        })
        .await;
}

/// The command line on the database of the running service.
fn commands(house: &House) -> Deployment {
    Deployment::new(house.database_url(), &house.api)
}

/// Runs `vestibule attribute …` for the workspace. The words are split at spaces.
fn run(house: &House, room: &Room, words: &str) -> Value {
    let mut arguments: Vec<&str> = words.split(' ').collect();
    arguments.splice(2..2, ["--workspace", &room.workspace]);
    commands(house).run(&arguments, "")
}

fn with(more: &Value) -> Value {
    let mut sent = person("ada@acme.example");
    sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    sent
}

#[rstest]
#[actix_web::test]
async fn a_declared_attribute_is_one_like_any_other(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Globex").await);
    // Before its declaration the attribute is unknown.
    let early = text(
        &done(&room, "POST", "/Users", Some(with(&json!({ ENTERPRISE: { "UID": "early" } })))).await["id"],
    );
    let by_uid = format!("{ENTERPRISE}:uid eq \"u-1\"");
    refused(&room.scim("GET", &format!("/Users?filter={by_uid}"), None).await, 400, Some("invalidFilter"));

    let made = run(
        &house,
        &room,
        &format!("attribute create --name UID --schema {ENTERPRISE} --case-exact --description unix"),
    );
    assert_eq!(
        made,
        json!({ "schema": ENTERPRISE, "name": "UID", "type": "string", "multiValued": false, "caseExact": true, "description": "unix" })
    );
    run(&house, &room, &format!("attribute create --name badge --schema {ORG} --type integer"));
    run(&house, &room, &format!("attribute create --name desks --schema {ORG} --multi-valued"));
    run(&house, &room, "attribute create --name motto");
    let listed = run(&house, &room, "attribute list");
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]), (Some(4), &made));
    assert_eq!(run(&house, &other, "attribute list"), json!([]));

    let schema = done(&room, "GET", &format!("/Schemas/{ENTERPRISE}"), None).await;
    let uid =
        schema["attributes"].as_array().unwrap().iter().find(|one| one["name"] == "UID").unwrap().clone();
    assert_eq!(
        (&uid["type"], &uid["caseExact"], &uid["mutability"]),
        (&json!("string"), &json!(true), &json!("readWrite"))
    );
    let schema = done(&room, "GET", &format!("/Schemas/{ORG}"), None).await;
    assert_eq!(
        (&schema["attributes"][0]["type"], &schema["attributes"][1]["multiValued"]),
        (&json!("integer"), &json!(true))
    );
    let core = done(&room, "GET", &format!("/Schemas/{USER}"), None).await.to_string();
    assert!(core.contains("motto") && !core.contains("UID"));
    let types = done(&room, "GET", "/ResourceTypes/User", None).await;
    let extensions: Vec<&Value> =
        types["schemaExtensions"].as_array().unwrap().iter().map(|one| &one["schema"]).collect();
    assert_eq!(extensions, [&json!(ENTERPRISE), &json!(ORG)]);

    let path = format!("/Users/{early}");
    assert_eq!(done(&room, "GET", &path, None).await.get(ENTERPRISE), None, "what was dropped stays dropped");
    let mut sent = with(
        &json!({ ENTERPRISE: { "uid": "u-1", "department": "R&D" }, ORG.to_uppercase(): { "Badge": 7, "desks": ["A1", "B2"] }, "motto": "Sapere aude" }),
    );
    let put = done(&room, "PUT", &path, Some(sent.clone())).await;
    assert_eq!(put["schemas"], json!([USER, ENTERPRISE, ORG]));
    assert_eq!(put[ENTERPRISE], json!({ "department": "R&D", "UID": "u-1" }));
    assert_eq!(put[ORG], json!({ "badge": 7, "desks": ["A1", "B2"] }));
    assert_eq!(put["motto"], "Sapere aude");
    assert_eq!(
        done(&room, "PUT", &path, Some(put.clone())).await,
        put,
        "our own document put back changes nothing"
    );
    sent["userName"] = json!("bob@acme.example");
    sent["externalId"] = json!("00ubob");
    sent[ENTERPRISE]["uid"] = json!("U-1");
    let bob = done(&room, "POST", "/Users", Some(sent)).await;
    assert_eq!(bob[ENTERPRISE]["UID"], "U-1");

    let (ada, bob) = ("ada@acme.example", "bob@acme.example");
    for (filter, expected) in [
        (by_uid.clone(), vec![ada]),
        (format!("{}:UID sw \"u-\"", ENTERPRISE.to_lowercase()), vec![ada]),
        (format!("{ORG}:badge ge 7"), vec![ada, bob]),
        (format!("{ORG}:badge eq 7.0"), vec![ada, bob]),
        (format!("{ORG}:badge lt 7 or {ORG}:badge gt 7.5"), vec![]),
        (format!("{ORG}:desks eq \"b2\""), vec![ada, bob]),
        (format!("{ORG}:desks[value eq \"c3\"]"), vec![]),
        ("motto co \"AUDE\" and userName sw \"a\"".to_owned(), vec![ada]),
        (format!("schemas eq \"{ORG}\""), vec![ada, bob]),
        (format!("not ({ORG}:badge pr)"), vec![]),
    ] {
        assert_eq!(found(&room, &filter).await, expected, "{filter}");
    }
    let operations = json!([
        { "op": "replace", "path": format!("{ENTERPRISE}:UID"), "value": "u-2" },
        { "op": "add", "path": format!("{ORG}:desks"), "value": ["C3"] },
        { "op": "remove", "path": format!("{ORG}:badge") },
        { "op": "replace", "value": { "motto": "Carpe diem", format!("{ENTERPRISE}:department"): "Ops" } },
    ]);
    let patched = done(&room, "PATCH", &path, Some(patch(&operations))).await;
    assert_eq!(patched[ORG], json!({ "desks": ["A1", "B2", "C3"] }));
    assert_eq!(patched[ENTERPRISE], json!({ "department": "Ops", "UID": "u-2" }));
    assert_eq!(found(&room, &format!("{ORG}:badge pr")).await, [bob]);
    let shown = done(&room, "GET", &format!("{path}?attributes={ENTERPRISE}:UID,motto"), None).await;
    assert_eq!(
        (&shown[ENTERPRISE], &shown["motto"], shown.get(ORG)),
        (&json!({ "UID": "u-2" }), &json!("Carpe diem"), None)
    );
    let shown = done(&room, "GET", &format!("{path}?excludedAttributes={ORG},motto"), None).await;
    assert_eq!((shown.get(ORG), shown.get("motto")), (None, None));
    let emptied = json!([{ "op": "remove", "path": ORG }]);
    let patched = done(&room, "PATCH", &path, Some(patch(&emptied))).await;
    assert_eq!((patched.get(ORG), &patched["schemas"]), (None, &json!([USER, ENTERPRISE])));

    // Another workspace does not have it.
    let theirs =
        done(&other, "POST", "/Users", Some(with(&json!({ ENTERPRISE: { "UID": "x" }, "motto": "x" }))))
            .await;
    assert_eq!((theirs.get(ENTERPRISE), theirs.get("motto")), (None, None));
    refused(&other.scim("GET", &format!("/Users?filter={by_uid}"), None).await, 400, Some("invalidFilter"));
    refused(&other.scim("GET", &format!("/Schemas/{ORG}"), None).await, 404, None);
    refused(&other.scim("GET", "/Users?sortBy=motto", None).await, 400, Some("invalidPath"));
}

#[rstest]
#[actix_web::test]
async fn values_are_of_their_type(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let kinds = ["string", "boolean", "decimal", "integer", "dateTime", "reference", "binary"];
    for kind in kinds {
        declare(&house, &room, ORG, &format!("a-{kind}"), kind, false).await;
    }
    let id = room.user("ada@acme.example").await;
    let path = format!("/Users/{id}");
    let set = |kind: &str, value: &Value| {
        patch(&json!([{ "op": "replace", "path": format!("{ORG}:a-{kind}"), "value": value }]))
    };
    for (kind, value) in [
        ("string", json!("x")),
        ("boolean", json!(false)),
        ("decimal", json!(-2.5)),
        ("decimal", json!(3)),
        ("integer", json!(i64::MAX)),
        ("integer", json!(i64::MIN)),
        ("dateTime", json!("2026-01-31T09:00:00.25+05:30")),
        ("reference", json!("https://acme.example/x")),
        ("binary", json!("AAECAw==")),
    ] {
        let body = done(&room, "PATCH", &path, Some(set(kind, &value))).await;
        let stored = &body[ORG][format!("a-{kind}")];
        assert!(
            *stored == value || stored.as_f64() == value.as_f64() && value.is_number(),
            "{kind} {value} {stored}"
        );
        if kind != "binary" {
            let text = if value.is_string() || kind == "decimal" || kind == "integer" || kind == "boolean" {
                value.to_string()
            } else {
                continue;
            };
            let filter = format!("{ORG}:a-{kind} eq {}", text.replace('+', "%2B"));
            assert_eq!(found(&room, &filter).await, ["ada@acme.example"], "{filter}");
        }
    }
    for (kind, value) in [
        ("string", json!({ "x": 1 })),
        ("string", json!(["x", "y"])),
        ("string", json!("x".repeat(100_000))),
        ("boolean", json!("maybe")),
        ("decimal", json!("many")),
        ("integer", json!(1.5)),
        ("integer", json!("x")),
        ("integer", json!(1e30)),
        ("dateTime", json!("tomorrow")),
        ("dateTime", json!(7)),
        ("dateTime", json!("2026-02-30T00:00:00Z")),
        ("binary", json!("not base64!")),
        ("string", json!("a\u{0}b")),
    ] {
        let before = done(&room, "GET", &path, None).await;
        let answer = room.scim("PATCH", &path, Some(set(kind, &value))).await;
        assert_eq!(answer.0, 400, "{kind} {value}: {}", answer.1);
        let document = with(&json!({ ORG: { format!("a-{kind}"): value } }));
        assert_eq!(room.scim("PUT", &path, Some(document)).await.0, 400, "{kind} {value}");
        assert_eq!(done(&room, "GET", &path, None).await, before);
    }
    for filter in [
        "a-integer eq \"7\"",
        "a-integer sw 7",
        "a-decimal co 1",
        "a-dateTime eq \"x\"",
        "a-boolean gt true",
        "a-binary gt \"x\"",
        "nosuch pr",
    ] {
        refused(
            &room.scim("GET", &format!("/Users?filter={ORG}:{filter}"), None).await,
            400,
            Some("invalidFilter"),
        );
    }
}

#[rstest]
#[actix_web::test]
async fn what_is_declared_no_longer_leaves_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    run(&house, &room, &format!("attribute create --name UID --schema {ENTERPRISE}"));
    run(&house, &room, &format!("attribute create --name badge --schema {ORG}"));
    // The same schema in another letter case is the same schema.
    let loud = ORG.replace("Org", "ORG");
    run(&house, &room, &format!("attribute create --name desk --schema {loud}"));
    run(&house, &room, "attribute create --name motto");
    let values = json!({ ENTERPRISE: { "UID": "gone-1" }, ORG: { "badge": "gone-2", "desk": "gone-3" }, "motto": "gone-4" });
    let id = text(&done(&room, "POST", "/Users", Some(with(&values))).await["id"]);
    let bob = room.user("bob@acme.example").await;
    let before = done(&room, "GET", &format!("/Users/{bob}"), None).await;
    assert_eq!(found(&room, &format!("{loud}:desk eq \"gone-3\"")).await.len(), 1);

    let desk = run(&house, &room, &format!("attribute delete --name DESK --schema {ORG}"));
    assert_eq!((&desk["name"], &desk["users"], &desk["deleted"]), (&json!("desk"), &json!(1), &json!(true)));
    let shown = done(&room, "GET", &format!("/Users/{id}"), None).await;
    assert_eq!(shown[ORG], json!({ "badge": "gone-2" }));
    run(&house, &room, &format!("attribute delete --name badge --schema {}", ORG.to_lowercase()));
    run(&house, &room, &format!("attribute delete --name uid --schema {ENTERPRISE}"));
    let page = done(&room, "GET", "/Users?sortBy=motto&cursor=&count=1", None).await;
    let earlier = format!("/Users?sortBy=motto&cursor={}", text(&page["nextCursor"]));
    run(&house, &room, "attribute delete --name motto");
    assert_eq!(run(&house, &room, "attribute list"), json!([]));
    let shown = done(&room, "GET", &format!("/Users/{id}"), None).await;
    assert_eq!(shown["schemas"], json!([USER]));
    assert_eq!(shown["meta"]["version"], "W/\"5\"", "each took something away");
    let stored = format!("{:?}", row(&house, &room, &id).await);
    assert!(!stored.contains("gone-"), "{stored}");
    assert_eq!(
        done(&room, "GET", &format!("/Users/{bob}"), None).await,
        before,
        "who had none is left alone"
    );
    refused(&room.scim("GET", "/Users?filter=motto pr", None).await, 400, Some("invalidFilter"));
    refused(&room.scim("GET", &format!("/Schemas/{ORG}"), None).await, 404, None);
    let path = json!([{ "op": "replace", "path": "motto", "value": "x" }]);
    refused(&room.scim("PATCH", &format!("/Users/{id}"), Some(patch(&path))).await, 400, Some("invalidPath"));
    // With another type no user has a value, and older cursors are invalid.
    run(&house, &room, "attribute create --name motto --type integer");
    assert_eq!(found(&room, "motto pr").await, Vec::<String>::new());
    assert_eq!(found(&room, "motto gt 0").await, Vec::<String>::new());
    refused(&room.scim("GET", &earlier, None).await, 400, Some("invalidCursor"));
    let kinds: Vec<String> = trail(&house, &room).await.into_iter().map(|(kind, _)| kind).collect();
    let count = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
    assert_eq!((count("attribute_created"), count("attribute_deleted")), (5, 4));
}

#[rstest]
#[actix_web::test]
async fn a_schema_keeps_the_spelling_it_was_declared_with(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let loud = ORG.replace("Org", "ORG");
    run(&house, &room, &format!("attribute create --name badge --schema {ORG}"));
    assert_eq!(run(&house, &room, &format!("attribute create --name desk --schema {loud}"))["schema"], ORG);
    assert_eq!(
        run(&house, &room, &format!("attribute create --name UID --schema {}", ENTERPRISE.to_uppercase()))["schema"],
        ENTERPRISE
    );
    let values = json!({ &loud: { "badge": "1", "desk": "2" }, ENTERPRISE: { "UID": "3" } });
    done(&room, "POST", "/Users", Some(with(&values))).await;
    // One declaration is removed: the others work as before.
    run(&house, &room, &format!("attribute delete --name badge --schema {ORG}"));
    for filter in [format!("{ORG}:desk eq \"2\""), format!("{loud}:desk pr"), format!("{ENTERPRISE}:uid pr")]
    {
        assert_eq!(found(&room, &filter).await.len(), 1, "{filter}");
    }
}

/// The message of each wrong call.
#[test]
fn a_wrong_declaration_is_refused() {
    let database = Fresh::make(Sqlite);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let acme = house.run(&["workspace", "create", "--name", "Acme"], "");
    let acme = acme["id"].as_str().unwrap();
    let org = ORG;
    let create = |more: &[&str]| {
        house.command(&[&["attribute", "create", "--workspace", acme][..], more].concat(), "")
    };
    assert!(create(&["--name", "Motto"]).status.success());
    assert!(
        create(&["--name", "motto", "--schema", org]).status.success(),
        "another schema, another attribute"
    );
    let usual = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";
    assert!(create(&["--name", "motto", "--schema", usual]).status.success(), "as Okta's guides name one");
    let group = "urn:ietf:params:scim:schemas:core:2.0:Group";
    let error = "urn:ietf:params:scim:api:messages:2.0:Error";
    for (arguments, words) in [
        (vec!["--name", "userName"], "already"),
        (vec!["--name", "MOTTO"], "already"),
        (vec!["--name", "motto", "--schema", &org.to_uppercase()], "already"),
        (vec!["--name", "externalID"], "already"),
        (vec!["--name", "meta"], "already"),
        (vec!["--name", "Department", "--schema", ENTERPRISE], "already"),
        (vec!["--name", "password"], "never stored"),
        (vec!["--name", "PassWord", "--schema", org], "never stored"),
        (vec!["--name", "7up"], "letter"),
        (vec!["--name", "a.b"], "letter"),
        (vec!["--name", ""], "letter"),
        (vec!["--name", "$ref"], "letter"),
        (vec!["--name", "x", "--schema", "acme"], "URN"),
        (vec!["--name", "x", "--schema", ""], "URN"),
        (vec!["--name", "x", "--schema", "urn:acme:7"], "URN"),
        (vec!["--name", "x", "--schema", "https://acme.example/x"], "URN"),
        (vec!["--name", "x", "--schema", "urn:acme:User.x"], "URN"),
        (vec!["--name", "x", "--schema", group], "another resource type"),
        (vec!["--name", "x", "--schema", &group.to_lowercase()], "another resource type"),
        (vec!["--name", "x", "--schema", "urn:okta:scim:schemas:core:1.0:Role"], "another resource type"),
        (vec!["--name", "x", "--schema", error], "another resource type"),
        (vec!["--name", "x", "--type", "complex"], "string, boolean"),
        (vec!["--name", "x", "--type", "date"], "string, boolean"),
    ] {
        let output = create(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    for arguments in [["--name", "nosuch"], ["--name", "userName"]] {
        let output =
            house.command(&[&["attribute", "delete", "--workspace", acme][..], &arguments].concat(), "");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    }
    let listed = house.run(&["attribute", "list", "--workspace", acme], "");
    assert_eq!(listed.as_array().map(Vec::len), Some(3), "{listed}");
}

#[test]
fn a_workspace_declares_a_hundred_at_most() {
    let declared = |count: usize| {
        let one = |number| json!({ "schema": ORG, "name": format!("a{number}"), "type": "string" });
        let all = (0..count).map(one).collect::<Vec<_>>();
        vestibule_scim::users::custom_attributes::parse(&all).unwrap()
    };
    assert!(vestibule_scim::users::custom_attributes::schema_with(&declared(100)).is_ok());
    assert!(
        vestibule_scim::users::custom_attributes::schema_with(&declared(101))
            .unwrap_err()
            .detail
            .contains("100")
    );
}
