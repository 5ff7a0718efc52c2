//! Tests the SQL of conditions. `tests/scim/search.rs` tests that it means the same as the pure evaluator.

use vestibule_core::ids::WorkspaceId;

use super::{
    Column, Condition, Fragment, Op, Place, Rows, Scope, Test,
    render::{Dialect, Renderer, successor},
};

fn sql(condition: &Condition, scope: Scope, dialect: Dialect) -> String {
    let mut out = Fragment::new(false);
    let workspace_id = &WorkspaceId::from_stored("w");
    Renderer { dialect, scope, workspace_id, within: None }.condition(condition, &mut out);
    out.shown()
}

fn text(place: Place, op: Op, value: &str) -> Condition {
    Condition::Is(place, Test::Text(op, value.to_owned()))
}

#[test]
fn columns_are_compared_bare_so_that_their_index_serves() {
    let name = || Place::Column(Column::UserName);
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        let of = |condition| sql(&condition, Scope::Users, dialect);
        assert_eq!(of(text(name(), Op::Equal, "ada")), "(users.user_name_key = «ada»)");
        assert_eq!(
            of(text(name(), Op::StartsWith, "ada")),
            "(users.user_name_key >= «ada» AND users.user_name_key < «adb»)"
        );
        assert_eq!(
            of(text(Place::Column(Column::ExternalId), Op::Equal, "x").negated()),
            "NOT ((users.external_id IS NOT NULL AND users.external_id = «x»))"
        );
        assert_eq!(of(Condition::Is(name(), Test::Present)), "1 = 1");
        assert_eq!(
            of(Condition::Is(Place::Column(Column::Updated), Test::Whole(Op::After, 7))),
            "(users.updated_at > «7»)"
        );
    }
}

#[test]
fn json_is_never_null_and_names_are_quoted() {
    let family = || Place::Document(vec!["name".to_owned(), "family'Name".to_owned()]);
    assert_eq!(
        sql(&text(family(), Op::Contains, "x"), Scope::Users, Dialect::Sqlite),
        "COALESCE(instr(json_extract(NULLIF(users.comparable, ''), '$.\"name\".\"family''Name\"'), «x») > 0, FALSE)"
    );
    assert_eq!(
        sql(&text(family(), Op::EndsWith, "xy"), Scope::Users, Dialect::Postgres),
        "COALESCE(right(((NULLIF(users.comparable, '')::jsonb #>> '{\"name\",\"family''Name\"}') COLLATE \"C\"), \
         CAST(«2» AS integer)) = «xy», FALSE)"
    );
}

#[test]
fn rows_are_found_by_a_subselect_of_their_workspace() {
    let members = Condition::Any(Rows::Members, Box::new(text(Place::Row(Column::Id), Op::Equal, "u")));
    assert_eq!(
        sql(&members, Scope::Groups, Dialect::Sqlite),
        "(groups.group_id IN (SELECT r.group_id FROM members AS r JOIN users AS o \
         ON o.workspace_id = r.workspace_id AND o.user_id = r.user_id WHERE r.workspace_id = «w» AND (r.user_id = «u»)))"
    );
}

#[test]
fn what_begins_with_a_text_lies_before_its_successor() {
    assert_eq!(successor("ab").as_deref(), Some("ac"));
    assert_eq!(successor("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
    assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
    assert_eq!(successor("\u{10ffff}"), None);
    assert_eq!(successor(""), None);
}

#[test]
fn what_an_index_finds_is_no_search() {
    let equal = |column| Condition::Is(Place::Column(column), Test::Text(Op::Equal, "x".to_owned()));
    let part =
        || Condition::Is(Place::Part(Some("locality".to_owned())), Test::Text(Op::Contains, "x".to_owned()));
    let addresses = |inner| Condition::Any(Rows::Elements(vec!["addresses".to_owned()]), Box::new(inner));
    let email = Condition::Any(
        Rows::Emails,
        Box::new(Condition::Is(Place::Row(Column::Email), Test::Text(Op::Equal, "x".to_owned()))),
    );
    for (condition, indexed, scattered) in [
        (Condition::Always, true, 0),
        (Condition::Never, true, 0),
        (equal(Column::UserName), true, 0),
        (equal(Column::ExternalId), true, 0),
        (equal(Column::Updated), false, 0),
        (email.clone(), true, 1),
        (Condition::And(vec![email, addresses(part())]), true, 2),
        (Condition::And(vec![Condition::Always, addresses(part())]), false, 1),
        (Condition::Or(vec![equal(Column::Id), addresses(part())]), false, 1),
        (equal(Column::Id).negated(), false, 0),
        (addresses(Condition::Or(vec![part(), part(), part().negated()])), false, 3),
        (addresses(Condition::Always), false, 1),
    ] {
        assert_eq!(
            (condition.is_indexed(), condition.scattered_tests()),
            (indexed, scattered),
            "{condition:?}"
        );
    }
}
