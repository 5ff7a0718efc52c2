//! Input: the path of a PATCH operation, or a list for `attributes` and `excludedAttributes`.
//! Properties: a printed path parses to the same path; resolving it in every schema never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Map;
use vestibule_scim_engine::{document::{includes, parse_attribute_list, project}, filter::MAX_LENGTH, patch::PatchPath, path::AttrPath, schema::Schema};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(path) = PatchPath::parse(text) {
        let printed = path.to_string();
        if printed.len() <= MAX_LENGTH {
            assert_eq!(PatchPath::parse(&printed), Ok(path.clone()), "{printed}");
        }
        for schema in [Schema::user(), Schema::group(), Schema::role()] {
            let found = schema.find(&path.target).is_some();
            assert!(!found || schema.resolve(&path.target).is_some(), "{printed}");
        }
    }
    if let Ok(path) = AttrPath::parse(text) {
        assert_eq!(AttrPath::parse(&path.to_string()).as_ref(), Ok(&path));
        let patch = PatchPath { target: path, filter: None };
        assert_eq!(PatchPath::parse(text), Ok(patch), "an attribute path parses to the same path in a PATCH");
    }
    if let Ok(list) = parse_attribute_list(text) {
        for schema in [Schema::user(), Schema::group(), Schema::role()] {
            assert!(project(&Map::new(), Some(&list), Some(&list), schema).is_empty());
            let _ = includes("members", Some(&list), None, schema);
        }
    }
});
