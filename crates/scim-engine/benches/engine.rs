//! Benchmarks of the steps of a SCIM request without the database: `cargo bench -p vestibule-scim-engine`. The
//! documents have the size of Okta's. `tests/bench` measures whole requests.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a failing benchmark should panic at its place, and criterion's macros have no documentation"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Map, Value, json};
use vestibule_scim_engine::{
    document::{normalise_group, normalise_user, parse_attribute_list, project},
    filter,
    patch::{PATCH_URN, PatchPath, Request, apply, group::plan},
    schema::{ENTERPRISE_URN, GROUP_URN, Schema, USER_URN},
};

/// A user as Okta sends it with PUT: the whole profile, and the attributes that were returned to it.
fn sent() -> Value {
    json!({
        "schemas": [USER_URN, ENTERPRISE_URN],
        "id": "01a200ec-2e35-7907-a34c-aeb028e86cd5", "externalId": "00ujl29u0le5T6Aj10h7",
        "userName": "Test.User@okta.local", "displayName": "Test User", "nickName": "Tess", "title": "Engineer",
        "userType": "Employee", "preferredLanguage": "en-GB", "locale": "en-GB", "timezone": "Europe/London",
        "name": { "givenName": "Test", "familyName": "User", "formatted": "Test User", "middleName": "Q" },
        "emails": [
            { "value": "test.user@okta.local", "type": "work", "primary": true },
            { "value": "tess@home.test", "type": "home" }
        ],
        "phoneNumbers": [{ "value": "+44 20 7946 0000", "type": "work" }, { "value": "+44 7700 900000", "type": "mobile" }],
        "addresses": [{
            "streetAddress": "1 Byron Street", "locality": "London", "postalCode": "N1", "country": "GB", "type": "work"
        }],
        "groups": [{ "value": "g1", "display": "Engineering" }, { "value": "g2", "display": "Everyone" }],
        "roles": [{ "value": "admin" }], "password": "1mz050nq", "active": true,
        "meta": { "resourceType": "User", "created": "2026-01-31T09:00:00Z", "version": "W/\"3\"" },
        ENTERPRISE_URN: {
            "employeeNumber": "701984", "department": "Engines", "costCenter": "42", "organization": "Acme",
            "manager": { "value": "01a200ec-2e35-7907-a34c-aeb028e86cd6", "displayName": "Charles" }
        }
    })
}

fn user() -> Map<String, Value> {
    let sent = sent();
    let mut user = normalise_user(&sent, Schema::user()).unwrap();
    for server in ["id", "groups", "meta"] {
        user.insert(server.to_owned(), sent.get(server).unwrap().clone());
    }
    user
}

fn filters(c: &mut Criterion) {
    let user = user();
    let mut group = c.benchmark_group("filter");
    for (name, text) in [
        ("lookup", r#"userName eq "Test.User@okta.local""#),
        (
            "complex",
            r#"userType eq "Employee" and (emails co "@home.test" or not (title pr)) and emails[type eq "work" and primary eq true] and meta.created ge "2026-01-01T00:00:00Z""#,
        ),
    ] {
        let parsed = filter::parse(text).unwrap();
        filter::check(&parsed, Schema::user()).unwrap();
        assert!(filter::matches(&parsed, &user, Schema::user()));
        group.bench_function(BenchmarkId::new("parse", name), |b| b.iter(|| filter::parse(black_box(text))));
        group.bench_function(BenchmarkId::new("check", name), |b| {
            b.iter(|| filter::check(black_box(&parsed), Schema::user()));
        });
        group.bench_function(BenchmarkId::new("matches", name), |b| {
            b.iter(|| filter::matches(black_box(&parsed), &user, Schema::user()));
        });
    }
    group.finish();
}

fn paths(c: &mut Criterion) {
    let mut group = c.benchmark_group("path");
    let manager = format!("{ENTERPRISE_URN}:manager.displayName");
    for (name, text) in [
        ("attribute", "userName"),
        ("extension", manager.as_str()),
        ("filtered", r#"emails[type eq "work"].value"#),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let path = PatchPath::parse(black_box(text)).unwrap();
                Schema::user().resolve(&path.target).is_some()
            });
        });
    }
    group.finish();
}

fn request(operations: &Value) -> Value {
    json!({ "schemas": [PATCH_URN], "Operations": operations })
}

fn patches(c: &mut Criterion) {
    let user = user();
    let mut group = c.benchmark_group("patch");
    for (name, operations) in [
        ("deactivate", json!([{ "op": "replace", "value": { "active": false } }])),
        (
            "profile",
            json!([
                { "op": "Replace", "path": "name.familyName", "value": "King" },
                { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "king@okta.local" },
                { "op": "Replace", "path": format!("{ENTERPRISE_URN}:department"), "value": "Maths" },
                { "op": "Add", "path": "roles", "value": [{ "value": "auditor" }] },
                { "op": "Remove", "path": "phoneNumbers[type eq \"mobile\"]" },
            ]),
        ),
    ] {
        let body = request(&operations);
        group.bench_function(BenchmarkId::new("user", name), |b| {
            b.iter(|| apply(&user, &Request::parse(black_box(&body)).unwrap(), Schema::user()).unwrap());
        });
    }
    for count in [1_u64, 1000] {
        let members: Vec<Value> = (0..count)
            .map(|number| json!({ "value": format!("01a200ec-2e35-7907-a34c-{number:012}") }))
            .collect();
        let body = request(&json!([{ "op": "add", "path": "members", "value": members }]));
        group.throughput(Throughput::Elements(count));
        group.bench_function(BenchmarkId::new("group add members", count), |b| {
            b.iter(|| plan(&Request::parse(black_box(&body)).unwrap()).unwrap());
        });
    }
    group.finish();
}

fn documents(c: &mut Criterion) {
    let (sent, user) = (sent(), user());
    let mut group = c.benchmark_group("document");
    group.bench_function("normalise/user", |b| {
        b.iter(|| normalise_user(black_box(&sent), Schema::user()).unwrap());
    });
    let members: Vec<Value> = (0..1000).map(|number| json!({ "value": format!("u{number}") })).collect();
    let large = json!({ "schemas": [GROUP_URN], "displayName": "Engineering", "members": members });
    group.bench_function("normalise/group of 1000", |b| {
        b.iter(|| normalise_group(black_box(&large)).unwrap());
    });
    group.bench_function("project/all", |b| {
        b.iter(|| project(black_box(&user), None, None, Schema::user()));
    });
    let few = parse_attribute_list("userName,emails.value,name.familyName").unwrap();
    group.bench_function("project/attributes", |b| {
        b.iter(|| project(black_box(&user), Some(&few), None, Schema::user()));
    });
    let most = parse_attribute_list("groups,meta").unwrap();
    group.bench_function("project/excluded", |b| {
        b.iter(|| project(black_box(&user), None, Some(&most), Schema::user()));
    });
    group.finish();
}

criterion_group!(engine, filters, paths, patches, documents);
criterion_main!(engine);
