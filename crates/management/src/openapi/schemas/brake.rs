//! The safety brake, asked and answered.

use serde_json::{Value, json};
use vestibule_admin::brake::MOST_PEOPLE;

use super::{between, body, moment, one_of, or_null, whole, whole_number};

pub(super) fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("BrakeRelease", body(&[], json!({ "people": or_null(between(1, MOST_PEOPLE)) }))),
        (
            "Brake",
            whole(json!({
                "state": one_of(&["off", "ready", "on", "released"]), "percent": between(0, 100),
                "least": between(1, MOST_PEOPLE), "held": whole_number(), "held_at": or_null(moment()),
                "last_owner_held_at": or_null(moment()), "released_until": or_null(moment()),
                "released_people": or_null(whole_number()), "ended_within_the_hour": whole_number(),
                "people_with_access": whole_number(),
            })),
        ),
    ]
}
