//! `sortBy` and `sortOrder` (RFC 7644 §3.4.2.3): both directions, missing values last (first when descending), ties in the order
//! of ids; the same in pages and at once.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::time::SECOND;

use super::{ENTERPRISE, GROUP, USER, done, found, refused, replace, text};
use crate::{
    scim::custom::declare,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

const ORG: &str = "urn:acme:params:scim:schemas:Org:2.0:User";

/// Creates users u0, u1, … with these documents, a second apart.
async fn people(house: &House, room: &Room, documents: &[Value]) {
    for (number, more) in documents.iter().enumerate() {
        let mut sent = json!({ "schemas": [USER], "userName": format!("u{number}") });
        sent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        done(room, "POST", "/Users", Some(sent)).await;
        house.clock.advance(SECOND);
    }
}

/// User names in order, read at once, by index and by cursor.
async fn sorted(room: &Room, query: &str) -> Vec<String> {
    let names = |body: &Value| -> Vec<String> {
        body["Resources"].as_array().unwrap().iter().map(|user| text(&user["userName"])).collect()
    };
    let all = names(&done(room, "GET", &format!("/Users?{query}"), None).await);
    let mut paged = Vec::new();
    while paged.len() < all.len() {
        let start = paged.len() + 1;
        let page = done(room, "GET", &format!("/Users?{query}&startIndex={start}&count=2"), None).await;
        assert_eq!(page["totalResults"], all.len());
        paged.extend(names(&page));
    }
    assert_eq!(paged, all, "{query} by index");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = done(room, "GET", &format!("/Users?{query}&count=2&cursor={cursor}"), None).await;
        assert_eq!(page["totalResults"], all.len());
        paged.extend(names(&page));
        let Some(next) = page.get("nextCursor") else { break };
        cursor = text(next);
        assert!(paged.len() < all.len(), "{query} ends");
    }
    assert_eq!(paged, all, "{query} by cursor");
    all
}

/// Checks both directions. The numbers are those of the users; `descending` is given because ties keep their order.
async fn is_sorted(room: &Room, by: &str, ascending: &[u8], descending: &[u8]) {
    let names = |numbers: &[u8]| numbers.iter().map(|number| format!("u{number}")).collect::<Vec<_>>();
    assert_eq!(sorted(room, &format!("sortBy={by}")).await, names(ascending), "{by}");
    assert_eq!(sorted(room, &format!("sortBy={by}&sortOrder=Ascending")).await, names(ascending), "{by}");
    let backwards = sorted(room, &format!("sortBy={by}&sortOrder=descending")).await;
    assert_eq!(backwards, names(descending), "{by} descending");
}

#[rstest]
#[actix_web::test]
async fn by_attributes_of_every_kind(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let email = |value: &str, primary: bool| json!({ "value": value, "primary": primary });
    people(&house, &room, &[
        json!({ "externalId": "b", "displayName": "Émile", "name": { "familyName": "lovelace" }, "active": true,
            "emails": [email("z@x.example", false), email("c@x.example", true)] }),
        json!({ "externalId": "B", "name": { "familyName": "Hopper" }, "active": false, "title": "Dr",
            "emails": [email("B@x.example", false), { "value": "y@x.example" }] }),
        json!({ "displayName": "zoë", "active": true, "emails": [{ "type": "work" }] }),
        json!({ "externalId": "a", "displayName": "Anna", "name": { "familyName": "LOVELACE", "givenName": "x" },
            ENTERPRISE: { "department": "\u{1f600}", "manager": { "value": "M" } }, "emails": [email("a@x.example", true)] }),
        json!({ "displayName": "anna", "active": false, ENTERPRISE: { "department": "\u{ffff}" } }),
        json!({ "name": { "familyName": "Ωmega" }, ENTERPRISE: { "department": "apes", "manager": { "value": "m" } } }),
    ]).await;
    is_sorted(&room, "userName", &[0, 1, 2, 3, 4, 5], &[5, 4, 3, 2, 1, 0]).await;
    is_sorted(&room, &format!("{USER}:USERNAME"), &[0, 1, 2, 3, 4, 5], &[5, 4, 3, 2, 1, 0]).await;
    is_sorted(&room, "id", &[0, 1, 2, 3, 4, 5], &[5, 4, 3, 2, 1, 0]).await;
    is_sorted(&room, "meta.created", &[0, 1, 2, 3, 4, 5], &[5, 4, 3, 2, 1, 0]).await;
    // The case counts for an external id, not for a name.
    is_sorted(&room, "externalId", &[1, 3, 0, 2, 4, 5], &[2, 4, 5, 0, 3, 1]).await;
    is_sorted(&room, "displayName", &[3, 4, 2, 0, 1, 5], &[1, 5, 0, 2, 3, 4]).await;
    is_sorted(&room, "name.familyName", &[1, 0, 3, 5, 2, 4], &[2, 4, 5, 0, 3, 1]).await;
    is_sorted(&room, "name.givenName", &[3, 0, 1, 2, 4, 5], &[0, 1, 2, 4, 5, 3]).await;
    is_sorted(&room, "active", &[1, 4, 0, 2, 3, 5], &[0, 2, 3, 5, 1, 4]).await;
    // By the primary address, else the first: a, b, c. Three users have no address.
    for by in ["emails", "emails.value", "EMAILS.VALUE"] {
        is_sorted(&room, by, &[3, 1, 0, 2, 4, 5], &[2, 4, 5, 0, 1, 3]).await;
    }
    // By code points: U+FFFF before U+1F600, unlike UTF-16 and collations.
    is_sorted(&room, &format!("{ENTERPRISE}:department"), &[5, 4, 3, 0, 1, 2], &[0, 1, 2, 3, 4, 5]).await;
    is_sorted(&room, &format!("{ENTERPRISE}:manager"), &[3, 5, 0, 1, 2, 4], &[0, 1, 2, 4, 5, 3]).await;
    is_sorted(&room, "title", &[1, 0, 2, 3, 4, 5], &[0, 2, 3, 4, 5, 1]).await;
    is_sorted(&room, "nickName", &[0, 1, 2, 3, 4, 5], &[0, 1, 2, 3, 4, 5]).await;
    // With a filter.
    assert_eq!(sorted(&room, "filter=active eq true&sortBy=displayName").await, ["u3", "u2", "u0", "u5"]);
    let found = done(&room, "GET", "/Users?filter=userName eq \"u2\"", None).await;
    let path = format!("/Users/{}", text(&found["Resources"][0]["id"]));
    done(&room, "PATCH", &path, Some(replace(&json!({ "title": "Late" })))).await;
    is_sorted(&room, "meta.lastModified", &[0, 1, 3, 4, 5, 2], &[2, 5, 4, 3, 1, 0]).await;
    // sortOrder without sortBy has no effect.
    assert_eq!(sorted(&room, "sortOrder=descending").await[0], "u0");
}

#[rstest]
#[actix_web::test]
async fn by_attributes_that_the_workspace_declared(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for (name, kind) in [
        ("level", "integer"),
        ("score", "decimal"),
        ("since", "dateTime"),
        ("flag", "boolean"),
        ("site", "reference"),
        ("key", "binary"),
    ] {
        declare(&house, &room, ORG, name, kind, false).await;
    }
    declare(&house, &room, ORG, "tags", "string", true).await;
    let of = |values: Value| json!({ ORG: values });
    people(&house, &room, &[
        of(json!({ "level": 10, "score": 0.30000000000000004, "since": "2026-01-01T00:00:00.5Z", "flag": true, "tags": ["b", "a"] })),
        of(json!({ "level": 9, "score": 0.3, "since": "2026-01-01T01:00:00+02:00", "flag": false, "tags": ["B"] })),
        of(json!({ "level": -1, "score": -1.5e300, "since": "2026-01-01T00:00:00.500Z", "site": "https://b.example/" })),
        json!({}),
        of(json!({ "level": 9, "score": 5e-324, "since": "1969-12-31T00:00:00Z", "site": "https://a.example/", "tags": ["aa"] })),
        of(json!({ "level": 9007199254740993_i64, "score": 3, "flag": true })),
        of(json!({ "level": 9007199254740992_i64, "score": 0 })),
    ]).await;
    let by = |name: &str| format!("{ORG}:{name}");
    is_sorted(&room, &by("level"), &[2, 1, 4, 0, 6, 5, 3], &[3, 5, 6, 0, 1, 4, 2]).await;
    is_sorted(&room, &by("score"), &[2, 6, 4, 1, 0, 5, 3], &[3, 5, 0, 1, 4, 6, 2]).await;
    is_sorted(&room, &by("since"), &[4, 1, 0, 2, 3, 5, 6], &[3, 5, 6, 0, 2, 1, 4]).await;
    is_sorted(&room, &by("flag"), &[1, 0, 5, 2, 3, 4, 6], &[2, 3, 4, 6, 0, 5, 1]).await;
    is_sorted(&room, &by("site"), &[4, 2, 0, 1, 3, 5, 6], &[0, 1, 3, 5, 6, 2, 4]).await;
    // Several simple values have no primary one.
    for name in ["key", "tags"] {
        refused(
            &room.scim("GET", &format!("/Users?sortBy={}", by(name)), None).await,
            400,
            Some("invalidPath"),
        );
    }
}

#[rstest]
#[actix_web::test]
async fn decimals_of_all_digits_are_paged_exactly(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    declare(&house, &room, ORG, "score", "decimal", false).await;
    // Numbers that differ by one unit in the last place, which a wrong conversion confuses.
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut scores = Vec::new();
    for _ in 0..40 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Exponents from 2⁻²⁵⁶ to 2⁻¹⁶, all digits of the fraction.
        let exponent = 0x3ff - ((seed >> 60) + 1) * 16;
        let score = f64::from_bits((exponent << 52) | (seed >> 12));
        scores.extend([score, f64::from_bits(score.to_bits() + 1)]);
    }
    let documents: Vec<Value> = scores.iter().map(|score| json!({ ORG: { "score": score } })).collect();
    people(&house, &room, &documents).await;
    for order in ["ascending", "descending"] {
        let names = sorted(&room, &format!("sortBy={ORG}:score&sortOrder={order}")).await;
        let mut expected: Vec<usize> = (0..scores.len()).collect();
        expected.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        if order == "descending" {
            expected.reverse();
        }
        let expected: Vec<String> = expected.into_iter().map(|number| format!("u{number}")).collect();
        assert_eq!(names, expected);
    }
    for (number, score) in scores.iter().enumerate() {
        assert_eq!(
            found(&room, &format!("{ORG}:score eq {score:?}")).await,
            [format!("u{number}")],
            "{score:?}"
        );
    }
}

#[rstest]
#[actix_web::test]
async fn groups_are_sorted_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for (name, external_id) in [("b", Some("1")), ("C", None), ("a", Some("0")), ("Ä", None)] {
        let mut body = json!({ "schemas": [GROUP], "displayName": name });
        body["externalId"] = json!(external_id);
        done(&room, "POST", "/Groups", Some(body)).await;
        house.clock.advance(SECOND);
    }
    for (by, expected) in [
        ("displayName", ["a", "b", "C", "Ä"]),
        ("displayName&sortOrder=descending", ["Ä", "C", "b", "a"]),
        ("externalId", ["a", "b", "C", "Ä"]),
        ("externalId&sortOrder=descending", ["C", "Ä", "b", "a"]),
        ("meta.created&sortOrder=descending", ["Ä", "a", "C", "b"]),
        ("id&sortOrder=descending", ["Ä", "a", "C", "b"]),
    ] {
        let (mut names, mut cursor) = (Vec::new(), String::new());
        loop {
            let page =
                done(&room, "GET", &format!("/Groups?sortBy={by}&count=1&cursor={cursor}"), None).await;
            names.push(text(&page["Resources"][0]["displayName"]));
            let Some(next) = page.get("nextCursor") else { break };
            cursor = text(next);
        }
        assert_eq!(names, expected, "{by}");
        let all = done(&room, "GET", &format!("/Groups?sortBy={by}"), None).await;
        let all: Vec<String> =
            all["Resources"].as_array().unwrap().iter().map(|group| text(&group["displayName"])).collect();
        assert_eq!(all, expected, "{by}");
    }
}

#[rstest]
#[actix_web::test]
async fn what_can_not_be_sorted_by_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for by in [
        "nosuch",
        "name",
        "addresses",
        "groups",
        "groups.display",
        "roles",
        "roles.value",
        "entitlements",
        "meta",
        "meta.version",
        "meta.location",
        "meta.resourceType",
        "schemas",
        "x509Certificates",
        "password",
        "userName.value",
        "emails[type eq \"work\"]",
        "a..b",
        "emails.nosuch",
        "urn:nosuch:userName",
        "%27",
        "userName,id",
    ] {
        let answer = room.scim("GET", &format!("/Users?sortBy={by}"), None).await;
        assert_eq!(answer.1["scimType"], "invalidPath", "{by} {}", answer.1);
        refused(&answer, 400, Some("invalidPath"));
    }
    for by in ["members", "members.value", "userName", "active", "members.type"] {
        refused(&room.scim("GET", &format!("/Groups?sortBy={by}"), None).await, 400, Some("invalidPath"));
    }
    for order in ["up", "desc", "ascending,descending", "1"] {
        let answer = room.scim("GET", &format!("/Users?sortBy=userName&sortOrder={order}"), None).await;
        refused(&answer, 400, Some("invalidValue"));
    }
    refused(&room.scim("GET", "/Users?sortBy=id&sortBy=userName", None).await, 400, Some("invalidSyntax"));
    for path in ["/Roles", "/Entitlements"] {
        refused(
            &room.scim("GET", &format!("{path}?sortBy=displayName"), None).await,
            400,
            Some("invalidValue"),
        );
    }
}
