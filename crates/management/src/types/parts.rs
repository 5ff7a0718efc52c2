//! Schemas of members that the derive macro cannot express: constraints of an array's items, bounds that are constants.

use utoipa::openapi::{
    RefOr,
    schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type},
};
use vestibule_admin::{
    access::{clients, provisioning_tokens},
    provider::saml_connection::MOST_CERTIFICATES,
    workspaces::brake::MOST_PEOPLE,
};
use vestibule_core::sets::{
    ClientKind, DeliveryKind, DeliveryState, DpopMode, ProviderAuth, ProviderKind, SamlBinding, UidField,
    Unsolicited,
};
use vestibule_web::crypto::signing::Algorithm;

/// A scope token (RFC 6749 §3.3).
const SCOPE_TOKEN: &str = "^[!#-\\[\\]-~]+$";

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn short() -> ObjectBuilder {
    text().min_length(Some(1)).max_length(Some(256))
}

fn uri() -> ObjectBuilder {
    text().format(Some(SchemaFormat::Custom("uri".to_owned()))).min_length(Some(1))
}

fn domain_name() -> ObjectBuilder {
    text().min_length(Some(3)).max_length(Some(253)).examples(["acme.example"])
}

fn scope_token() -> ObjectBuilder {
    text().pattern(Some(SCOPE_TOKEN))
}

fn kind() -> ObjectBuilder {
    text().pattern(Some("^([a-z_]{1,64}|\\*)$"))
}

fn array(items: ObjectBuilder, most: usize) -> ArrayBuilder {
    ArrayBuilder::new().items(items).max_items(Some(most))
}

fn array_or_null(items: ObjectBuilder, most: usize) -> ArrayBuilder {
    array(items, most).schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
}

fn integer_or_null(least: i64, most: i64) -> ObjectBuilder {
    let kind = SchemaType::from_iter([Type::Integer, Type::Null]);
    ObjectBuilder::new().schema_type(kind).minimum(Some(least)).maximum(Some(most))
}

fn one_of_or_null<const N: usize>(texts: [&'static str; N]) -> ObjectBuilder {
    let texts = texts.map(serde_json::Value::from).into_iter();
    text()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(texts.chain([serde_json::Value::Null])))
}

/// Certificates of a SAML provider; `null` changes nothing.
pub(super) fn certificates_or_null() -> RefOr<Schema> {
    array_or_null(text().min_length(Some(1)), MOST_CERTIFICATES).min_items(Some(1)).into()
}

/// Whether the tokens of a client are bound to a key.
pub(super) fn dpop() -> RefOr<Schema> {
    text().enum_values(Some(DpopMode::TEXTS)).into()
}

/// Whether the tokens of a client are bound to a key; `null` changes nothing.
pub(super) fn dpop_or_null() -> RefOr<Schema> {
    one_of_or_null(DpopMode::TEXTS).into()
}

/// Kind of an identity provider.
pub(super) fn provider() -> RefOr<Schema> {
    text().enum_values(Some(ProviderKind::TEXTS)).description(Some("Kind of the provider")).into()
}

/// Kind of an identity provider; `null` changes nothing.
pub(super) fn provider_or_null() -> RefOr<Schema> {
    one_of_or_null(ProviderKind::TEXTS)
        .description(Some("Kind of the provider. Default: recognized by the issuer's host"))
        .into()
}

/// How requests go to a SAML provider.
pub(super) fn saml_binding() -> RefOr<Schema> {
    text().enum_values(Some(SamlBinding::TEXTS)).description(Some("Binding of requests")).into()
}

/// Handling of unsolicited responses.
pub(super) fn unsolicited() -> RefOr<Schema> {
    let description = "off: refused; start: not trusted, a sign-in starts here; accept: signs the person in";
    text().enum_values(Some(Unsolicited::TEXTS)).description(Some(description)).into()
}

/// Handling of unsolicited responses; `null` changes nothing.
pub(super) fn unsolicited_or_null() -> RefOr<Schema> {
    let description = "What happens with a response that answers no request: off: refused; start: not trusted, a sign-in starts here; accept: signs the person in. Default: start";
    one_of_or_null(Unsolicited::TEXTS).description(Some(description)).into()
}

/// The field of a user that an attribute names, or `null`.
pub(super) fn uid_field_or_null() -> RefOr<Schema> {
    one_of_or_null(UidField::TEXTS).description(Some("The field of the user that uid_attribute names")).into()
}

/// Ids or names of roles or entitlements.
pub(super) fn names() -> RefOr<Schema> {
    array(text(), 100).into()
}

/// Email domains.
pub(super) fn domains() -> RefOr<Schema> {
    array(domain_name(), 100).into()
}

/// An email domain.
pub(super) fn domain() -> RefOr<Schema> {
    domain_name().into()
}

/// Origins; `null` changes nothing.
pub(super) fn origins_or_null() -> RefOr<Schema> {
    array_or_null(uri(), 100).into()
}

/// Redirect URIs of a client.
pub(super) fn redirect_uris() -> RefOr<Schema> {
    array(uri(), 50).description(Some("1 to 50; none for a service")).into()
}

/// Kind of a client.
pub(super) fn client_kind() -> RefOr<Schema> {
    text().enum_values(Some(ClientKind::TEXTS)).into()
}

/// What a delivery sends.
pub(super) fn delivery_kind() -> RefOr<Schema> {
    text().enum_values(Some(DeliveryKind::TEXTS)).description(Some("What a delivery sends.")).into()
}

/// State of a delivery.
pub(super) fn delivery_state() -> RefOr<Schema> {
    text().enum_values(Some(DeliveryState::TEXTS)).description(Some("State of the delivery.")).into()
}

/// Scopes of a client.
pub(super) fn client_scopes() -> RefOr<Schema> {
    array(scope_token(), 50)
        .description(Some("Scopes that it may request. Empty: all that its kind may request"))
        .into()
}

/// Scopes of an API token.
pub(super) fn api_scopes() -> RefOr<Schema> {
    array(scope_token(), 100).description(Some("The product's own scopes. Empty: `tokens.api_scopes`")).into()
}

/// Scopes of a provisioning token.
pub(super) fn provisioning_scopes() -> RefOr<Schema> {
    ArrayBuilder::new().items(text().enum_values(Some(provisioning_tokens::SCOPES))).into()
}

/// Event kinds of a webhook.
pub(super) fn kinds() -> RefOr<Schema> {
    array(kind(), 50).into()
}

/// Event kinds of a webhook; `null` changes nothing.
pub(super) fn kinds_or_null() -> RefOr<Schema> {
    array_or_null(kind(), 50).into()
}

/// Email addresses of a user.
pub(super) fn emails() -> RefOr<Schema> {
    array(short(), 20).into()
}

/// Lifetime of JWT access tokens in seconds; `null`: they are opaque.
pub(super) fn jwt_seconds() -> RefOr<Schema> {
    integer_or_null(*clients::JWT_SECONDS.start(), *clients::JWT_SECONDS.end()).into()
}

/// How long ago people may have authenticated, in seconds, if a request says nothing else; `null`: any time.
pub(super) fn default_max_age() -> RefOr<Schema> {
    integer_or_null(0, clients::MOST_MAX_AGE).into()
}

/// Signature algorithm of ID tokens; `null`: unchanged, or RS256.
pub(super) fn algorithm() -> RefOr<Schema> {
    one_of_or_null(Algorithm::TEXTS).into()
}

/// Client authentication at the identity provider.
pub(super) fn auth_method() -> RefOr<Schema> {
    text().schema_type(SchemaType::from_iter([Type::String, Type::Null])).examples(ProviderAuth::TEXTS).into()
}

/// A number of people.
pub(super) fn people() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MOST_PEOPLE)).into()
}

/// A number of people, or `null`.
pub(super) fn people_or_null() -> RefOr<Schema> {
    integer_or_null(1, MOST_PEOPLE).into()
}

/// A JSON array of anything.
pub(super) fn any_array() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Array).into()
}
