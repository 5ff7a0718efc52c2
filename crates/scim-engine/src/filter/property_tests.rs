//! Properties of all filters: a printed filter parses to the same filter, and no text makes the parser panic.

use proptest::prelude::*;
use serde_json::{Number, json};

use super::*;
use crate::{patch::PatchPath, schema::Schema};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["userName", "emails", "value", "active", "not", "and", "$ref", "type"])
            .prop_map(str::to_owned),
        "[a-zA-Z][a-zA-Z0-9_-]{0,8}",
    ]
}

fn path() -> impl Strategy<Value = AttrPath> {
    let urn = prop::option::of("urn:[a-z]{1,5}(:[a-z0-9.]{1,4}){0,2}:[A-Za-z0-9]{1,4}");
    (urn, name(), prop::option::of(name())).prop_map(|(urn, attr, sub)| AttrPath { urn, attr, sub })
}

fn literal() -> impl Strategy<Value = Literal> {
    let text = any::<String>().prop_map(|text| text.replace('\0', ""));
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        any::<u64>().prop_map(|number| Literal::Number(number.into())),
        any::<f64>().prop_filter_map("finite", |number| Number::from_f64(number).map(Literal::Number)),
        text.prop_map(|text| Literal::String(text.into())),
    ]
}

fn term(path: impl Strategy<Value = AttrPath> + Clone + 'static) -> BoxedStrategy<Filter> {
    let op = prop::sample::select(Op::ALL.to_vec());
    prop_oneof![
        (path.clone(), op, literal()).prop_map(|(attr, op, value)| Filter::Compare { attr, op, value }),
        path.prop_map(Filter::Present),
    ]
    .boxed()
}

fn nested(leaf: BoxedStrategy<Filter>) -> BoxedStrategy<Filter> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
    .boxed()
}

fn filter() -> impl Strategy<Value = Filter> {
    let element = nested(term(path().boxed()));
    let bare = path().prop_map(|path| AttrPath { sub: None, ..path });
    let value_path =
        (bare, element).prop_map(|(attr, filter)| Filter::ValuePath { attr, filter: Box::new(filter) });
    nested(prop_oneof![3 => term(path().boxed()), 1 => value_path].boxed())
}

/// Texts that are similar to filters, to reach all of the parser.
fn similar_to_filter() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "userName", "emails", "[", "]", "(", ")", " ", " ", " ", "eq", "pr", "and", "or", "not", "\"", "\\",
        "\"x\"", "1", "-", ".", ":", "urn:", "2.0", "true", "null", "é", "\u{0}", "$ref", "active", "co",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_printed_filter_parses_to_the_same(filter in filter()) {
        let printed = filter.to_string();
        prop_assume!(printed.len() <= MAX_LENGTH);
        prop_assert_eq!(parse(&printed), Ok(filter), "{}", printed);
    }

    #[test]
    fn a_printed_path_parses_to_the_same(path in path()) {
        prop_assert_eq!(AttrPath::parse(&path.to_string()), Ok(path.clone()));
        prop_assert_eq!(PatchPath::parse(&path.to_string()), Ok(PatchPath { target: path, filter: None }));
    }

    #[test]
    fn the_parser_is_total(text in prop_oneof![any::<String>(), similar_to_filter()]) {
        if let Ok(filter) = parse(&text) {
            prop_assert_eq!(parse(&filter.to_string()), Ok(filter.clone()));
            let resource = json!({ "userName": "x", "active": true, "emails": [{ "value": "x", "type": "1" }] });
            let resource = resource.as_object().unwrap();
            let _ = check(&filter, Schema::user());
            let is_match = matches(&filter, resource, Schema::user());
            prop_assert_eq!(matches(&Filter::Not(Box::new(filter)), resource, Schema::user()), !is_match);
        }
        if let Ok(path) = PatchPath::parse(&text) {
            prop_assert_eq!(PatchPath::parse(&path.to_string()), Ok(path));
        }
    }

    #[test]
    fn instants_never_panic(text in prop_oneof![any::<String>(), "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]{0,20}"]) {
        let _ = Instant::parse(&text).map(Instant::as_micros);
    }

    #[test]
    fn folding_twice_is_folding_once(text in any::<String>()) {
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
    }
}
