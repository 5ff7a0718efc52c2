//! In which order operations can be done: as they stand, but each after those whose resources it refers to. Pure.

use std::collections::HashMap;

use super::request::Operation;

/// One operation to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// Which.
    pub index: usize,
    /// Whether what it needs needs it in turn: RFC 7644 §3.7.1 has such an operation answered 409.
    pub circular: bool,
}

/// The steps. A reference to an operation that isn't there stays in place, to be refused when its turn comes.
pub(super) fn of(operations: &[Operation]) -> Vec<Step> {
    let named: HashMap<&str, usize> = operations
        .iter()
        .enumerate()
        .filter_map(|(index, operation)| Some((operation.bulk_id.as_deref()?, index)))
        .collect();
    let needs: Vec<Vec<usize>> = operations
        .iter()
        .map(|operation| operation.needs().iter().filter_map(|id| named.get(id.as_str()).copied()).collect())
        .collect();
    let mut steps: Vec<Step> = Vec::with_capacity(operations.len());
    let mut done = vec![false; operations.len()];
    let mut waiting: Vec<usize> = (0..operations.len()).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for index in waiting {
            let ready = needs
                .get(index)
                .is_none_or(|needs| needs.iter().all(|needed| done.get(*needed).copied().unwrap_or(true)));
            match done.get_mut(index) {
                Some(done) if ready => {
                    *done = true;
                    steps.push(Step { index, circular: false });
                }
                _ => later.push(index),
            }
        }
        if later.len() == before {
            steps.extend(later.into_iter().map(|index| Step { index, circular: true }));
            break;
        }
        waiting = later;
    }
    steps
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bulk::request::Request;

    fn order(operations: &[(&str, &str)]) -> Vec<(usize, bool)> {
        let operations: Vec<_> = operations
            .iter()
            .map(|(bulk_id, refers)| {
                let data = json!({ "members": [{ "value": refers }] });
                json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data })
            })
            .collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": operations,
        });
        of(&Request::parse(&body).unwrap().operations)
            .iter()
            .map(|step| (step.index, step.circular))
            .collect()
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        assert_eq!(order(&[("a", "x"), ("b", "bulkId:a")]), [(0, false), (1, false)]);
        assert_eq!(
            order(&[("a", "bulkId:b"), ("b", "bulkId:c"), ("c", "x")]),
            [(2, false), (1, false), (0, false)]
        );
        assert_eq!(order(&[("a", "bulkId:nobody")]), [(0, false)], "refused when its turn comes");
    }

    #[test]
    fn a_circle_is_seen() {
        assert_eq!(
            order(&[("a", "bulkId:b"), ("b", "bulkId:a"), ("c", "x")]),
            [(2, false), (0, true), (1, true)]
        );
        assert_eq!(order(&[("a", "bulkId:a")]), [(0, true)]);
    }
}
