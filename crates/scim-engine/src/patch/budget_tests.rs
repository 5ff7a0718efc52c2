//! Tests of the work limit of a PATCH, which is checked before the work. They count units and comparisons, never time.

use serde_json::{Map, Value, json};

use super::{
    Prepared, Request,
    tests::{request, user},
};
use crate::{
    budget::{Budget, MAX_WORK},
    document::normalise_user,
    error::{Rejection, ScimType},
    schema::{Schema, USER_URN},
};

/// A user with this number of email addresses, as an older version stored them.
fn with_emails(count: usize) -> Map<String, Value> {
    let emails: Vec<Value> = (0..count)
        .map(|number| json!({ "value": format!("É{number}@acme.test"), "type": format!("t{number}") }))
        .collect();
    let mut user = user();
    user.insert("emails".into(), emails.into());
    user
}

/// A filter with this number of terms, none of which matches.
fn filter(terms: usize) -> String {
    let terms: Vec<String> = (0..terms).map(|number| format!("value co \"É0{number}x\"")).collect();
    format!("emails[({}) and type eq \"t\"].display", terms.join(" or "))
}

fn applied(
    before: &Map<String, Value>,
    request: &Request,
) -> (Result<Map<String, Value>, Rejection>, Budget) {
    let budget = Budget::new();
    let outcome = Prepared::new(request, Schema::user()).unwrap().apply(before, &budget);
    (outcome, budget)
}

fn refused_before_any_comparison(before: &Map<String, Value>, operations: Value) {
    let (outcome, budget) = applied(before, &request(operations).unwrap());
    assert_eq!(outcome.unwrap_err().scim_type, ScimType::TooMany);
    assert_eq!(budget.compared(), 0, "refused before a value is compared");
}

#[test]
fn operations_times_values_times_terms_are_refused_before_a_comparison() {
    let operation = json!({ "op": "remove", "path": filter(100) });
    for values in [1000, 200] {
        refused_before_any_comparison(&with_emails(values), json!(vec![operation.clone(); 800]));
    }
}

#[test]
fn an_operation_without_a_path_counts_as_many_as_its_value_has_members() {
    let members: Map<String, Value> =
        (0..800).map(|number| (format!("{}{}", " ".repeat(number), filter(100)), json!("x"))).collect();
    refused_before_any_comparison(&with_emails(200), json!([{ "op": "add", "value": members }]));
}

#[test]
fn long_values_count_for_more() {
    let mut user = with_emails(200);
    for email in user["emails"].as_array_mut().unwrap() {
        email["display"] = "d".repeat(4096).into();
    }
    let operation = json!({ "op": "remove", "path": "emails[display co \"x\" or display co \"y\"]" });
    refused_before_any_comparison(&user, json!(vec![operation; 100]));
}

#[test]
fn values_that_share_an_address_are_counted_when_others_are_added() {
    let emails = |from: usize| -> Vec<Value> {
        (from..from + 1000)
            .map(|number| json!({ "value": "ada@acme.test", "type": format!("t{number}") }))
            .collect()
    };
    let mut user = user();
    user.insert("emails".into(), emails(0).into());
    let (outcome, budget) =
        applied(&user, &request(json!([{ "op": "add", "path": "emails", "value": emails(1000) }])).unwrap());
    assert_eq!(outcome.unwrap_err().scim_type, ScimType::TooMany);
    assert!(budget.charged() <= MAX_WORK);
}

#[test]
fn a_large_reasonable_request_passes() {
    let mut operations: Vec<Value> = (0..100)
        .map(|number| json!({ "op": "replace", "path": format!("emails[type eq \"t{number}\" and value co \"acme\"].display"), "value": "Ada" }))
        .collect();
    operations.extend((0..100).map(
        |number| json!({ "op": "remove", "path": format!("emails[value eq \"é{number}@ACME.test\"]") }),
    ));
    let (outcome, budget) = applied(&with_emails(200), &request(Value::Array(operations)).unwrap());
    let after = outcome.unwrap();
    assert_eq!(after["emails"].as_array().unwrap().len(), 100);
    assert_eq!(after["emails"][0]["value"], "É100@acme.test");
    assert!((1..=budget.charged()).contains(&budget.compared()), "{budget:?}");
}

#[test]
fn a_bulk_request_has_one_budget_for_all_its_patches() {
    let operation = json!({ "op": "remove", "path": filter(100) });
    let request = request(json!(vec![operation; 30])).unwrap();
    let (all, user, mut done) = (Budget::of_bulk(), with_emails(200), 0);
    for _ in 0..1000 {
        let part = all.part();
        let outcome = Prepared::new(&request, Schema::user()).unwrap().apply(&user, &part);
        all.add(&part);
        match outcome {
            Ok(_) => done += 1,
            Err(refused) => assert_eq!((refused.scim_type, part.compared()), (ScimType::TooMany, 0)),
        }
    }
    assert_eq!(done, 5, "each takes a little more than 30 × 255 × 101 units of 4,000,000");
}

#[test]
fn an_attribute_with_more_values_than_the_limit_may_stay_and_shrink() {
    let before = with_emails(300);
    let one = |operation: Value| applied(&before, &request(json!([operation])).unwrap()).0;
    assert_eq!(
        one(json!({ "op": "replace", "path": "active", "value": false })).unwrap()["emails"],
        before["emails"]
    );
    let after = one(json!({ "op": "remove", "path": "emails[type eq \"t7\"]" })).unwrap();
    assert_eq!(after["emails"].as_array().unwrap().len(), 299);
    assert!(
        one(json!({ "op": "replace", "path": "emails", "value": before["emails"] })).is_ok(),
        "sent back"
    );
    let refused =
        one(json!({ "op": "add", "path": "emails", "value": { "value": "new@acme.test" } })).unwrap_err();
    assert_eq!(refused.scim_type, ScimType::InvalidValue);
    assert!(refused.detail.contains("emails holds at most 200 values"), "{refused}");
}

#[test]
fn two_hundred_values_are_accepted_and_one_more_is_not() {
    let grown = |count: usize| {
        applied(
            &user(),
            &request(json!([{ "op": "replace", "path": "emails", "value": with_emails(count)["emails"] }]))
                .unwrap(),
        )
        .0
    };
    assert_eq!(grown(200).unwrap()["emails"].as_array().unwrap().len(), 200);
    assert_eq!(grown(201).unwrap_err().scim_type, ScimType::InvalidValue);
}

/// Comparing each value with each would not be linear.
#[test]
fn equal_values_are_found_without_comparing_each_with_each() {
    let roles: Vec<Value> = (0..1000).map(|number| json!(format!("r{}", number % 150))).collect();
    let user =
        normalise_user(&json!({ "schemas": [USER_URN], "userName": "ada", "roles": roles }), Schema::user());
    assert_eq!(user.unwrap()["roles"].as_array().unwrap().len(), 150);
}
