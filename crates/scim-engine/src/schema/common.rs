//! The common attributes of all resources: `schemas`, `id`, `externalId`, `meta` (RFC 7643 §3.1). They belong to no
//! schema, so `/Schemas` does not list them.

use super::{
    attribute::{Attribute, complex, date_time, reference, string},
    characteristics::Returned,
};

/// The common attributes, in the order in which they are returned.
pub(super) fn attributes() -> Vec<Attribute> {
    vec![
        reference("schemas", "The URNs of the schemas in use.", &["uri"])
            .many()
            .required()
            .returned(Returned::Always)
            // Computed from the attributes of the resource. Clients may send it back without effect.
            .read_only(),
        string("id", "Vestibule's own identifier; never changes.")
            .case_exact()
            .unique()
            .returned(Returned::Always)
            .read_only(),
        string("externalId", "The identifier the provisioning client knows the resource by; opaque.")
            .case_exact()
            .at_most(256),
        complex(
            "meta",
            "What the server knows about the resource.",
            vec![
                string("resourceType", "The resource type.").case_exact(),
                date_time("created", "When it was created."),
                date_time("lastModified", "When it was last changed."),
                reference("location", "Its address.", &["uri"]),
                string("version", "Its version, as an entity tag.").case_exact(),
            ],
        )
        .read_only(),
    ]
}
