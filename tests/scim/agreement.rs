//! The SQL of filters agrees with their meaning: many fixed and random filters over users and groups, on each database, are compared
//! with `filter::matches` over the documents.

use super::{ENTERPRISE, GROUP, USER, done, group, text};
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::{House, Room};
use rstest::rstest;
use serde_json::{Map, Value, json};
use vestibule_core::{ids::EntitlementId, time::SECOND};
use vestibule_scim::users::custom_attributes::{Custom, kind_of, schema_with};
use vestibule_scim_engine::{
    filter::{self, Filter},
    schema::{Schema, Type, USER_URN},
};
use vestibule_store::{rights::entitlements, workspaces};

/// Pseudo-random numbers, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

const TEXTS: [&str; 12] = [
    "Ada",
    "ada",
    "ADA Lovelace",
    "Straße",
    "ÄÖÜ",
    "a\"b\\c'd",
    "100%_x",
    "x",
    "été 😀",
    // In other encodings: width, normal form, a ligature.
    "Ａｄａ",
    "A\u{308}öu\u{308}",
    "ﬁx ²",
];
const MOMENTS: [&str; 4] = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00+01:00",
    "2026-06-30T12:30:00.123456Z",
    "1999-12-31T23:59:59Z",
];

fn declared() -> Vec<Custom> {
    let custom = |schema: &str, name: &str, kind: &str, multi_valued: bool, case_exact: bool| Custom {
        schema: schema.to_owned(),
        name: name.to_owned(),
        kind: kind_of(kind).unwrap(),
        multi_valued,
        case_exact,
        description: String::new(),
    };
    vec![
        custom(ENTERPRISE, "UID", "string", false, true),
        custom(USER_URN, "age", "integer", false, false),
        custom(USER_URN, "score", "decimal", false, false),
        custom("urn:example:acme:1.0:User", "since", "dateTime", false, false),
        custom("urn:example:acme:1.0:User", "tags", "string", true, false),
        custom("urn:example:acme:1.0:User", "cleared", "boolean", false, false),
    ]
}

/// A user with a random selection of attributes.
fn somebody(dice: &mut Dice, number: usize) -> Value {
    let mut user = json!({ "schemas": [USER], "userName": format!("{} {number}", dice.pick(&TEXTS)) });
    let mut some = |name: &str, value: Value| {
        if dice.roll(3) > 0 {
            user[name] = value;
        }
    };
    let mut other = Dice(number as u64 * 7919);
    some("externalId", json!(format!("00u{number}")));
    some("displayName", json!(other.pick(&TEXTS)));
    some("nickName", json!(other.pick(&TEXTS)));
    some("name", json!({ "givenName": other.pick(&TEXTS), "familyName": other.pick(&TEXTS) }));
    some("active", json!(other.roll(2) == 0));
    some("profileUrl", json!(format!("https://acme.example/{}", ["A", "a"][other.roll(2)])));
    some("age", json!(other.roll(60)));
    some("score", json!(other.roll(40) as f64 / 8.0));
    let mut email = |kind: &str, primary: bool| json!({ "value": format!("{}@acme.example", other.pick(&["ada", "Ada", "x.y"])), "type": kind, "primary": primary });
    let emails =
        [email("work", true), email("home", false), json!({ "value": format!("u{number}@x.example") })];
    some("emails", json!(emails[..=other.roll(3)]));
    some("photos", json!([{ "value": (*other.pick(&["https://P/1", "https://p/1"])), "type": "photo" }]));
    let mut given = |ids: &[&str]| {
        let mut values = Vec::new();
        for (number, id) in ids.iter().enumerate() {
            if other.roll(2) == 0 {
                continue;
            }
            let mut value = json!({ "value": id });
            let mut part = |name: &str, part: Value| {
                if other.roll(2) == 0 {
                    value[name] = part;
                }
            };
            part("display", json!(TEXTS[number + values.len()]));
            part("type", json!(["seat", "Seat", "x"][number % 3]));
            part("primary", json!(values.is_empty()));
            values.push(value);
        }
        json!(values)
    };
    let roles = given(&["admin", "member", "auditor"]);
    let entitlements = given(&["archetype-eng", "beta", "viewer", "gamma"]);
    some("roles", roles);
    some("entitlements", entitlements);
    some(
        ENTERPRISE,
        json!({
            "department": other.pick(&TEXTS), "UID": other.pick(&["Ab1", "ab1"]),
            "manager": { "value": format!("M{}", other.roll(3)), "displayName": other.pick(&TEXTS) },
        }),
    );
    some(
        "urn:example:acme:1.0:User",
        json!({
            "since": other.pick(&MOMENTS), "tags": [other.pick(&TEXTS), other.pick(&TEXTS)], "cleared": other.roll(2) == 0,
        }),
    );
    user
}

/// Attributes for filters, with the type of their values.
const ATTRIBUTES: [(&str, Type); 43] = [
    ("userName", Type::String),
    ("id", Type::String),
    ("externalId", Type::String),
    ("displayName", Type::String),
    ("nickName", Type::String),
    ("title", Type::String),
    ("name.givenName", Type::String),
    ("name.familyName", Type::String),
    ("profileUrl", Type::Reference),
    ("active", Type::Boolean),
    ("emails", Type::String),
    ("emails.value", Type::String),
    ("emails.type", Type::String),
    ("emails.primary", Type::Boolean),
    ("emails.display", Type::String),
    ("photos.value", Type::Reference),
    ("photos.type", Type::String),
    ("groups.value", Type::String),
    ("groups.display", Type::String),
    ("groups.type", Type::String),
    ("groups.$ref", Type::Reference),
    ("roles", Type::String),
    ("roles.value", Type::String),
    ("roles.display", Type::String),
    ("roles.type", Type::String),
    ("roles.primary", Type::Boolean),
    ("entitlements", Type::String),
    ("entitlements.value", Type::String),
    ("entitlements.display", Type::String),
    ("entitlements.type", Type::String),
    ("entitlements.primary", Type::Boolean),
    ("age", Type::Integer),
    ("score", Type::Decimal),
    ("schemas", Type::Reference),
    ("meta.created", Type::DateTime),
    ("meta.lastModified", Type::DateTime),
    ("meta.resourceType", Type::String),
    ("meta.location", Type::Reference),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", Type::String),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:UID", Type::String),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", Type::String),
    ("urn:example:acme:1.0:User:since", Type::DateTime),
    ("urn:example:acme:1.0:User:tags", Type::String),
];

const GIVEN: [(&str, Type); 4] =
    [("value", Type::String), ("display", Type::String), ("type", Type::String), ("primary", Type::Boolean)];

const ELEMENTS: [(&str, &[(&str, Type)]); 7] = [
    ("emails", &[("value", Type::String), ("type", Type::String), ("primary", Type::Boolean)]),
    ("photos", &[("value", Type::Reference), ("type", Type::String)]),
    ("groups", &[("value", Type::String), ("display", Type::String), ("$ref", Type::Reference)]),
    ("roles", &GIVEN),
    ("entitlements", &GIVEN),
    ("name", &[("givenName", Type::String), ("familyName", Type::String)]),
    ("urn:example:acme:1.0:User:tags", &[("value", Type::String)]),
];

struct Question<'a> {
    dice: Dice,
    /// Values that are in the directory somewhere.
    known: &'a [String],
}

impl Question<'_> {
    fn comparison(&mut self, (name, kind): (&str, Type)) -> String {
        if self.dice.roll(6) == 0 {
            return format!("{name} pr");
        }
        if self.dice.roll(12) == 0 {
            return format!("{name} {} null", self.dice.pick(&["eq", "ne"]));
        }
        let (ops, value): (&[&str], String) = match kind {
            Type::Boolean => (&["eq", "ne"], ["true", "false"][self.dice.roll(2)].to_owned()),
            Type::Integer => (&["eq", "ne", "gt", "ge", "lt", "le"], self.dice.roll(60).to_string()),
            Type::Decimal => {
                (&["eq", "ne", "gt", "ge", "lt", "le"], format!("{}", self.dice.roll(40) as f64 / 8.0))
            }
            Type::DateTime => (
                &["eq", "ne", "gt", "ge", "lt", "le"],
                json!(if self.dice.roll(2) == 0 {
                    *self.dice.pick(&MOMENTS)
                } else {
                    "2026-11-22T00:00:01.5Z"
                })
                .to_string(),
            ),
            _ => (&["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"], self.text()),
        };
        format!("{name} {} {value}", self.dice.pick(ops))
    }

    fn text(&mut self) -> String {
        let whole = match self.dice.roll(3) {
            0 => (*self.dice.pick(&TEXTS)).to_owned(),
            _ => self.dice.pick(self.known).clone(),
        };
        let letters: Vec<char> = whole.chars().collect();
        let part = match self.dice.roll(4) {
            0 if letters.len() > 2 => letters[..2].iter().collect(),
            1 if letters.len() > 2 => letters[letters.len() - 2..].iter().collect(),
            2 => whole.to_uppercase(),
            _ => whole,
        };
        // The stored key ignores outer spaces, the evaluator does not.
        json!(part.trim()).to_string()
    }

    fn draw(&mut self, depth: usize) -> String {
        match self.dice.roll(if depth == 0 { 2 } else { 6 }) {
            0 => {
                let attribute = *self.dice.pick(&ATTRIBUTES);
                self.comparison(attribute)
            }
            1 => {
                let (attribute, parts) = *self.dice.pick(&ELEMENTS);
                let (one, other) = (*self.dice.pick(parts), *self.dice.pick(parts));
                let (one, other) = (self.comparison(one), self.comparison(other));
                let inner = match self.dice.roll(4) {
                    0 => format!("{one} and {other}"),
                    1 => format!("{one} or {other}"),
                    2 => format!("not ({one})"),
                    _ => one,
                };
                format!("{attribute}[{inner}]")
            }
            2 => format!("not ({})", self.draw(depth - 1)),
            3 => format!("({} or {})", self.draw(depth - 1), self.draw(depth - 1)),
            _ => format!("{} and {}", self.draw(depth - 1), self.draw(depth - 1)),
        }
    }
}

/// All documents, and the texts in them.
async fn everybody(room: &Room, path: &str) -> (Vec<Map<String, Value>>, Vec<String>) {
    let and = if path.contains('?') { '&' } else { '?' };
    let list = done(room, "GET", &format!("{path}{and}count=500"), None).await;
    let documents: Vec<Map<String, Value>> =
        list["Resources"].as_array().unwrap().iter().map(|one| one.as_object().unwrap().clone()).collect();
    let mut texts = Vec::new();
    collect(&list["Resources"], &mut texts);
    (documents, texts)
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(members) => members.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

async fn agrees(
    room: &Room,
    path: &str,
    filter: &str,
    everybody: &[Map<String, Value>],
    schema: &Schema,
) -> usize {
    let meant: Filter = filter::parse(filter).unwrap_or_else(|refused| panic!("{filter}: {refused}"));
    let expected: Vec<String> = everybody
        .iter()
        .filter(|one| filter::matches(&meant, one, schema))
        .map(|one| text(&one["id"]))
        .collect();
    let encoded: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let answer = done(room, "GET", &format!("{path}?count=500&attributes=id&filter={encoded}"), None).await;
    let found = answer["Resources"].as_array().unwrap().iter();
    let found: Vec<String> = found.map(|one| text(&one["id"])).collect();
    assert_eq!(found, expected, "{filter}");
    found.len()
}

async fn directory(house: &House, room: &Room) -> Schema {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let stored = declared().iter().map(Custom::to_json).collect();
    house
        .write(move |conn| {
            workspaces::set_custom_attributes(conn, &workspace, stored, now).unwrap();
            for (id, name) in [("archetype-eng", "Engineering"), ("beta", "Bêta"), ("gamma", "ADA")] {
                let id = EntitlementId::from_stored(id);
                entitlements::create(conn, &workspace, id, name, "", now).unwrap();
            }
        })
        .await;
    let mut dice = Dice(4711);
    let mut ids = Vec::new();
    for number in 0..40 {
        house.clock.advance(SECOND / 2);
        ids.push(text(&done(room, "POST", "/Users", Some(somebody(&mut dice, number))).await["id"]));
    }
    for (number, name) in ["Engineers", "ingénieurs", "Empty", "a_b%c"].iter().enumerate() {
        let members = if number == 2 { &[] } else { &ids[number * 5..number * 5 + 12] };
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        group(room, name, &members).await;
    }
    schema_with(&declared()).unwrap()
}

#[rstest]
#[actix_web::test]
async fn what_the_database_finds_is_what_the_filter_means(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let schema = directory(&house, &room).await;
    let (people, known) = everybody(&room, "/Users").await;
    assert_eq!(people.len(), 40);
    let mut question = Question { dice: Dice(42), known: &known };
    let (mut some, mut asked) = (0, 0);
    for number in 0..700 {
        let filter = question.draw(number % 3);
        let found = agrees(&room, "/Users", &filter, &people, &schema).await;
        some += usize::from(found > 0 && found < people.len());
        asked += 1;
    }
    assert!(some * 3 > asked, "most questions tell people apart: {some} of {asked}");
}

#[rstest]
#[actix_web::test]
async fn groups_are_found_by_what_they_have_and_who_is_in_them(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    directory(&house, &room).await;
    // The name of the schema requests all attributes, also the names of members.
    let (groups, known) = everybody(&room, &format!("/Groups?attributes={GROUP}")).await;
    let member =
        known.iter().find(|text| text.starts_with("http")).unwrap().rsplit('/').next().unwrap().to_owned();
    let mut dice = Dice(5);
    for filter in [
        "displayName eq \"ENGINEERS\"",
        "displayName sw \"ING\"",
        "displayName co \"_b%\"",
        "displayName gt \"e\"",
        "members pr",
        "not (members pr)",
        "members.display co \"ada\"",
        "members.type eq \"user\"",
        "members.type ne \"User\"",
        "members[type eq \"User\" and display sw \"x\"]",
        "members.$ref co \"/Users/\"",
        "meta.resourceType eq \"Group\"",
        "meta.created gt \"1999-12-31T23:59:59Z\"",
        "externalId pr",
        "meta.location ew \"x\"",
        "schemas co \"Group\"",
        "id pr and displayName ne \"Empty\"",
    ] {
        agrees(&room, "/Groups", filter, &groups, Schema::group()).await;
    }
    for _ in 0..40 {
        let value = json!(dice.pick(&known)).to_string();
        for filter in
            ["members.value eq ", "members eq ", "id eq ", "members.$ref eq ", "members.display eq "]
        {
            agrees(&room, "/Groups", &format!("{filter}{value}"), &groups, Schema::group()).await;
        }
    }
    assert!(
        agrees(&room, "/Groups", &format!("members.value eq \"{member}\""), &groups, Schema::group()).await
            <= 4
    );
}
