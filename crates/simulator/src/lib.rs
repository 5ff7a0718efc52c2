//! A pretend Okta org for `vestibule demo` and for tests: an OpenID provider, a SAML identity provider, a SCIM client and a sender
//! of Universal Logout that send what Okta sends, a pretend browser, and a pretend product whose people sign in. It must never depend on
//! another crate of Vestibule, because it tests the protocols from outside. Never use it for real people: a page displays the passwords,
//! and all state is in memory.

mod admin;
mod browser;
mod directory;
mod logout;
mod oidc;
mod okta;
mod org;
mod product;
mod saml;
mod scim;
mod serve;
mod sign_in;
mod signals;
mod support;
mod waiting;

pub use browser::{Browser, BrowserError, Button, Field, Form, Hop, Link, Page};
pub use directory::{App, AppSettings, Group, Person, Style};
pub use logout::{Forgery, SubjectFormat};
pub use oidc::{Misbehavior, id_jag::CrossApp};
pub use okta::{Okta, Options};
pub use product::{Product, ProductClient};
pub use saml::{
    ApplicationUsername, AssertionEncryption, AttributeNameFormat, AttributeStatement, ContentEncryption,
    DigestAlgorithm, Expression, GroupAttributeStatement, GroupFilter, KeyTransport, LogoutBinding,
    NameIdFormat, SamlCertificate, SamlInstructions, SamlLogout, SamlMisbehavior, SamlSettings,
    SignatureAlgorithm, SingleLogout,
};
pub use scim::{OAuthSettings, Role, ScimAuth, ScimSettings, SuiteNames, SuiteStep};
pub use signals::{CREDENTIAL_CHANGE, SESSION_REVOKED};
pub use support::{
    exchange::{Exchange, Failure},
    jwt::read_unverified,
    keys::junk_keys,
};
