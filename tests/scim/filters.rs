//! Filters: each finds exactly the matching resources, on both databases; an invalid filter is refused and never matches everything.

use rstest::rstest;
use serde_json::json;
use vestibule_core::time::SECOND;

use super::{done, found, person, refused, replace, text};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

const ADA: &str = "ada@acme.example";
const GRACE: &str = "Grace@Acme.Example";
const JURGEN: &str = "jürgen@acme.example";

/// Ada, then Grace (inactive, two addresses), then Jürgen (no display name, no external id), a second apart.
/// Returns Ada's id and the moments of creation.
async fn three(house: &House, room: &Room) -> (String, Vec<String>) {
    let ada = done(room, "POST", "/Users", Some(person(ADA))).await;
    house.clock.advance(SECOND);
    let mut sent = person(GRACE);
    sent["displayName"] = json!("Grace \"Amazing\" Hopper");
    sent["emails"] =
        json!([{ "value": "grace@home.example" }, { "value": "GRACE@navy.example", "primary": true }]);
    sent["active"] = json!(false);
    let grace = done(room, "POST", "/Users", Some(sent)).await;
    house.clock.advance(SECOND);
    let mut sent = person(JURGEN);
    sent.as_object_mut().unwrap().retain(|name, _| name != "displayName" && name != "externalId");
    let jurgen = done(room, "POST", "/Users", Some(sent)).await;
    let moments = [&ada, &grace, &jurgen].map(|user| text(&user["meta"]["created"])).to_vec();
    (text(&ada["id"]), moments)
}

#[rstest]
#[actix_web::test]
async fn each_filter_finds_exactly_those_it_means(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (id, at) = three(&house, &room).await;
    // Jürgen is changed after all were created.
    house.clock.advance(SECOND);
    let jurgen = done(&room, "GET", &format!("/Users?filter=userName eq \"{JURGEN}\""), None).await;
    let path = format!("/Users/{}", text(&jurgen["Resources"][0]["id"]));
    let changed = done(&room, "PATCH", &path, Some(replace(&json!({ "title": "Dr" })))).await;
    let latest = text(&changed["meta"]["lastModified"]);

    let table: Vec<(String, Vec<&str>)> = [
        ("userName eq \"ADA@acme.example\"", vec![ADA]),
        ("userName ne \"ADA@acme.example\"", vec![GRACE, JURGEN]),
        ("userName sw \"GRA\"", vec![GRACE]),
        ("userName sw \"JÜR\"", vec![JURGEN]),
        ("userName co \"@ACME\"", vec![GRACE, ADA, JURGEN]),
        ("userName co \"%\"", vec![]),
        ("userName co \"_\"", vec![]),
        ("userName ew \".EXAMPLE\"", vec![GRACE, ADA, JURGEN]),
        ("userName ew \"grace@acme.example.and.more\"", vec![]),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ada@acme.example\"", vec![ADA]),
        ("displayName eq \"TEST user\"", vec![ADA]),
        ("displayName eq \"grace \\\"amazing\\\" hopper\"", vec![GRACE]),
        ("displayName ne \"test user\"", vec![GRACE, JURGEN]),
        ("displayName pr", vec![GRACE, ADA]),
        ("not (displayName pr)", vec![JURGEN]),
        ("displayName eq null", vec![JURGEN]),
        ("displayName eq \"\"", vec![]),
        ("externalId eq \"00uada@acme.example\"", vec![ADA]),
        ("externalId eq \"00UADA@ACME.EXAMPLE\"", vec![]),
        ("externalId pr", vec![GRACE, ADA]),
        ("not (externalId eq \"00uada@acme.example\")", vec![GRACE, JURGEN]),
        ("emails.value eq \"grace@NAVY.example\"", vec![GRACE]),
        ("emails.value eq \"grace@home.example\"", vec![GRACE]),
        ("emails[value eq \"grace@home.example\"]", vec![GRACE]),
        ("emails.value sw \"grace@\"", vec![GRACE]),
        ("emails co \"@acme\"", vec![ADA, JURGEN]),
        ("not (emails.value eq \"grace@home.example\")", vec![ADA, JURGEN]),
        ("active eq true", vec![ADA, JURGEN]),
        ("active eq false", vec![GRACE]),
        ("active ne false", vec![ADA, JURGEN]),
        ("active eq \"False\"", vec![GRACE]),
        ("not (active eq true)", vec![GRACE]),
        ("userName eq \"nobody\" or active eq false", vec![GRACE]),
        ("active eq true and userName sw \"a\"", vec![ADA]),
        ("active eq true and not (userName sw \"a\")", vec![JURGEN]),
        ("userName sw \"a\" or userName sw \"g\" and active eq true", vec![ADA]),
        ("(userName sw \"a\" or userName sw \"g\") and active eq false", vec![GRACE]),
        ("not (userName sw \"a\" or userName sw \"g\")", vec![JURGEN]),
        ("userName eq \"' OR '1'='1\"", vec![]),
        ("userName eq \"\\u0061da@acme.example\"", vec![ADA]),
        ("  userName   eq   \"ada@acme.example\"  ", vec![ADA]),
    ]
    .into_iter()
    .map(|(filter, expected)| (filter.to_owned(), expected))
    .chain([
        (format!("id eq \"{id}\""), vec![ADA]),
        (format!("id ne \"{id}\""), vec![GRACE, JURGEN]),
        (format!("id eq \"{}\"", id.to_uppercase()), vec![]),
        (format!("meta.created gt \"{}\"", at[0]), vec![GRACE, JURGEN]),
        (format!("meta.created ge \"{}\"", at[1]), vec![GRACE, JURGEN]),
        (format!("meta.created lt \"{}\"", at[1]), vec![ADA]),
        (format!("meta.created eq \"{}\"", at[2]), vec![JURGEN]),
        (format!("meta.lastModified gt \"{}\"", at[2]), vec![JURGEN]),
        (format!("meta.lastModified eq \"{latest}\""), vec![JURGEN]),
        (format!("meta.lastModified le \"{}\"", at[1]), vec![GRACE, ADA]),
        ("meta.lastModified gt \"9999-12-31T23:59:59Z\"".to_owned(), vec![]),
        ("meta.lastModified gt \"0000-01-01T00:00:00+14:00\"".to_owned(), vec![GRACE, ADA, JURGEN]),
    ])
    .collect();
    for (filter, expected) in table {
        assert_eq!(found(&room, &filter).await, expected, "{filter}");
    }
    done(&room, "POST", "/Users", Some(person("plus+sign@acme.example"))).await;
    for filter in ["userName%20eq%20\"plus+sign@acme.example\"", "userName+eq+\"plus%2Bsign@acme.example\""] {
        assert_eq!(found(&room, filter).await, ["plus+sign@acme.example"], "{filter}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_filter_that_is_not_understood_is_refused_and_never_means_everyone(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    three(&house, &room).await;
    let long = format!("userName eq \"{}\"", "x".repeat(9000));
    let deep = format!("{}userName pr{}", "(".repeat(200), ")".repeat(200));
    let nots = format!("{}userName pr{}", "not (".repeat(200), ")".repeat(200));
    let many = vec!["userName eq \"x\""; 300].join(" or ");
    let filters = [
        "",
        " ",
        "%00",
        "userName",
        "userName eq",
        "eq \"x\"",
        "userName eq ada",
        "userName eq 'ada'",
        "userName eq \"ada",
        "userName eq \"ada\\\"",
        "userName eq \"\\ud800\"",
        "userName eq \"\\u0000\"",
        "userName is \"ada\"",
        "userName eq \"a\" and",
        "userName eq \"a\" userName eq \"b\"",
        "(userName eq \"a\"",
        "userName eq \"a\")",
        "not userName eq \"a\"",
        "userName eq true",
        "userName eq 1",
        "active eq \"maybe\"",
        "active co true",
        "active gt false",
        "meta.lastModified gt \"yesterday\"",
        "meta.lastModified co \"2026\"",
        "meta.lastModified gt \"2026-13-01T00:00:00Z\"",
        "nosuch eq \"x\"",
        "password eq \"x\"",
        "members eq \"x\"",
        "name eq \"x\"",
        "name[formatted.x eq \"x\"]",
        "meta.version eq \"x\"",
        "userName.value eq \"x\"",
        "emails[value eq \"x\"",
        "emails[]",
        "urn:nosuch:userName eq \"x\"",
        "1 eq 1",
        "*",
        "userName eq \"x\" or 1 eq 1",
        "userName eq \"x\"; DROP TABLE users",
        "ünï eq \"x\"",
        &long,
        &deep,
        &nots,
        &many,
    ];
    for filter in filters {
        let answer = room.scim("GET", &format!("/Users?filter={}", filter.replace(';', "%3B")), None).await;
        let expected = if filter == "%00" { "invalidSyntax" } else { "invalidFilter" };
        assert_eq!(answer.1["scimType"], expected, "{filter}: {}", answer.1);
        refused(&answer, 400, Some(expected));
    }
    let twice = room.scim("GET", "/Users?filter=userName pr&filter=active eq true", None).await;
    refused(&twice, 400, Some("invalidSyntax"));
    for path in ["/Users?filter", "/Groups?filter=", "/Groups?filter=userName eq \"x\""] {
        refused(&room.scim("GET", path, None).await, 400, Some("invalidFilter"));
    }
    let admin = done(&room, "GET", "/Roles?filter=displayName eq \"ADMIN\"", None).await;
    assert_eq!((&admin["totalResults"], &admin["Resources"][0]["id"]), (&json!(1), &json!("admin")));
    for path in ["/Roles?filter", "/Roles?filter=userName pr", "/Roles?%66ilter=id"] {
        refused(&room.scim("GET", path, None).await, 400, Some("invalidFilter"));
    }
    // Endpoints without filters refuse a filter in any spelling of the parameter.
    for path in ["/Schemas?filter=id pr", "/ResourceTypes?%66ilter=id pr", "/Schemas?filter"] {
        refused(&room.scim("GET", path, None).await, 403, None);
    }
}

#[rstest]
#[actix_web::test]
async fn groups_are_found_by_name_and_external_id(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for (name, external_id) in [("Ångström Users", "00g1"), ("R&D \"Labs\" + more", "00g2")] {
        let body = json!({ "schemas": [scim::GROUP], "displayName": name, "externalId": external_id });
        done(&room, "POST", "/Groups", Some(body)).await;
    }
    for (filter, expected) in [
        ("displayName eq \"ÅNGSTRÖM users\"", vec!["Ångström Users"]),
        ("displayName eq \"r%26d \\\"labs\\\" %2B MORE\"", vec!["R&D \"Labs\" + more"]),
        ("displayName sw \"å\"", vec!["Ångström Users"]),
        ("externalId eq \"00g2\"", vec!["R&D \"Labs\" + more"]),
        ("externalId eq \"00G2\"", vec![]),
        ("displayName eq \"\"", vec![]),
        ("not (displayName co \"users\")", vec!["R&D \"Labs\" + more"]),
    ] {
        let body = done(&room, "GET", &format!("/Groups?filter={filter}"), None).await;
        let resources = body["Resources"].as_array().unwrap();
        let names: Vec<&str> = resources.iter().map(|group| group["displayName"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{filter}");
        assert_eq!(body["totalResults"], expected.len(), "{filter}");
    }
}
