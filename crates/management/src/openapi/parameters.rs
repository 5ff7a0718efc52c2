//! Parameters of operations, by name.

use serde_json::json;
use utoipa::openapi::{
    Required,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
};
use vestibule_core::sets::{DeliveryState, Door};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(1))
}

fn integer() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}

fn one_of<'a>(values: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values))
}

fn uuid() -> ObjectBuilder {
    let format = SchemaFormat::Custom("uuid".to_owned());
    ObjectBuilder::new().schema_type(Type::String).format(Some(format))
}

fn parameter(
    name: &str,
    place: ParameterIn,
    required: bool,
    description: &str,
    schema: ObjectBuilder,
) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .description(Some(description))
        .schema(Some(Schema::from(schema)))
        .build()
}

/// A parameter of the path.
pub(super) fn in_path(name: &str) -> Parameter {
    let (description, schema) = match name {
        "domain" => ("An email domain", text().max_length(Some(253))),
        "role" => ("The role's id", text().max_length(Some(64)).pattern(Some("^[a-z0-9_]+(-[a-z0-9_]+)*$"))),
        "entitlement" => ("The entitlement's id", text().max_length(Some(64))),
        "client" => ("The client's id", text().pattern(Some("^vclient_[A-Za-z0-9_-]{44}$"))),
        "fingerprint" => ("SHA-256 of the certificate, in hex", text().pattern(Some("^[0-9a-f]{64}$"))),
        _ => ("An id", uuid()),
    };
    parameter(name, ParameterIn::Path, true, description, schema)
}

/// A parameter of the query. One that has no schema of its own is an id that narrows the list.
pub(super) fn in_query(name: &str) -> Parameter {
    let (description, schema) = match name {
        "limit" => {
            let schema = integer().minimum(Some(1)).maximum(Some(200)).default(Some(json!(50)));
            ("How many items at most", schema)
        }
        "cursor" => {
            ("The `next` of the page before", text().pattern(Some("^s1\\.[0-9a-f]{8}\\.[A-Za-z0-9_-]+$")))
        }
        "user_name" => ("Only the user of this name, in any letter case", text()),
        "email" => ("Only users with this email address, in any letter case", text()),
        "active" => {
            ("Only active users, or only inactive ones", ObjectBuilder::new().schema_type(Type::Boolean))
        }
        "after" => {
            let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
            let schema = integer().format(Some(format)).minimum(Some(0)).default(Some(json!(0)));
            ("Only events after this sequence number", schema)
        }
        "head" => {
            ("The hash of a last line that was stored elsewhere: it must still be in the trail", text())
        }
        "state" => ("Only those in this state", one_of(DeliveryState::TEXTS)),
        "door" => ("Only requests of this interface", one_of(Door::TEXTS)),
        "outcome" => ("Only those that succeeded, or that were refused", one_of(["ok", "refused"])),
        "text" => ("Only those whose path or reason contains this", text()),
        "group" => ("The group's name or pattern, as it was set", text()),
        _ => ("Only those of this one", uuid()),
    };
    parameter(name, ParameterIn::Query, name == "group", description, schema)
}

/// A parameter of the header.
pub(super) fn header(name: &str) -> Parameter {
    let schema = text().max_length(Some(255)).pattern(Some("^[!#-\\[\\]-~]+$"));
    parameter(
        name,
        ParameterIn::Header,
        false,
        "A request that is repeated with the same key is done once",
        schema,
    )
}
