//! Metadata of an identity provider: its entity ID, its URLs, the certificates of its signing keys.

use roxmltree::Node;
use url::Url;

use crate::{
    certificate::{Certificate, CertificateError, parse_pasted, signers},
    limits, names,
    scan::{self, Comments},
    tree,
};

/// Metadata of one identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdpMetadata {
    /// `entityID`, verbatim: the Issuer of its messages.
    pub entity_id: String,
    /// URLs for requests to sign in, in the order of the document; at least one.
    pub sso: Vec<Endpoint>,
    /// URLs for logout messages.
    pub slo: Vec<Endpoint>,
    /// Certificates of its signing keys; at least one.
    pub certificates: Vec<Certificate>,
    /// Whether it requires signed requests.
    pub wants_signed_requests: bool,
    /// Formats of the NameID that it can send.
    pub name_id_formats: Vec<String>,
}

/// A URL of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Binding of the messages sent to it.
    pub binding: Binding,
    /// Absolute https or http URL.
    pub url: String,
    /// URL for responses to logout requests, if it differs.
    pub response_url: Option<String>,
}

/// A supported binding (SAML 2.0 Bindings). Endpoints with other bindings are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// HTTP Redirect, §3.4.
    Redirect,
    /// HTTP POST, §3.5.
    Post,
}

/// Why metadata can't be used. The message is a sentence for the person who entered it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// No XML, or XML that is refused (a document type, or beyond a limit).
    #[error("The document can't be read: {0}.")]
    Document(String),
    /// XML that is no metadata.
    #[error("This is no SAML metadata: it begins with the element {0}.")]
    NotMetadata(String),
    /// Metadata of a service provider, for example our own.
    #[error(
        "The metadata describes no SAML 2.0 identity provider. Give the identity provider's metadata, not the application's."
    )]
    NoProvider,
    /// Several identity providers, such as the metadata of a federation.
    #[error("The metadata describes {0} identity providers. Give the metadata of one of them.")]
    SeveralProviders(usize),
    /// entityID is missing, empty or longer than 1024 characters.
    #[error("The metadata has no entityID of at most 1024 characters.")]
    EntityId,
    /// No SingleSignOnService by Redirect or POST.
    #[error("The metadata names no URL to sign in at by HTTP-Redirect or HTTP-POST.")]
    NoSignIn,
    /// A Location that is no absolute https or http URL.
    #[error("The metadata names a URL that is no https or http URL: {0}")]
    Location(String),
    /// No key to verify signatures with.
    #[error("The metadata has no signing certificate. Without one nothing of this provider can be believed.")]
    NoCertificate,
    /// A KeyDescriptor without X509Certificate, such as a bare key.
    #[error("The metadata has a signing key without its certificate.")]
    BareKey,
    /// A signing certificate that can't be used.
    #[error("A signing certificate of the metadata can't be used. {0}")]
    Certificate(#[from] CertificateError),
}

/// Reads an `EntityDescriptor`, or an `EntitiesDescriptor` with one identity provider, of at most 256 KiB. A key without `use` counts as
/// a signing key (Metadata §2.4.1.1).
///
/// # Errors
/// [`MetadataError`].
pub fn parse(xml: &[u8]) -> Result<IdpMetadata, MetadataError> {
    // Entra's metadata begins with a byte order mark.
    let text =
        scan::text(xml.strip_prefix(b"\xef\xbb\xbf").unwrap_or(xml)).map_err(MetadataError::Document)?;
    let document = tree::parse(text.trim_start(), Comments::Allowed)
        .map_err(|unread| MetadataError::Document(unread.why().to_owned()))?;
    let root = document.root_element();
    let is_one = tree::is(root, names::METADATA, "EntityDescriptor");
    if !is_one && !tree::is(root, names::METADATA, "EntitiesDescriptor") {
        return Err(MetadataError::NotMetadata(tree::short(root.tag_name().name())));
    }
    let roles: Vec<Node<'_, '_>> = root
        .descendants()
        .filter(|node| tree::is(*node, names::METADATA, "IDPSSODescriptor") && speaks_saml2(*node))
        .filter(|node| {
            node.parent().is_some_and(|parent| tree::is(parent, names::METADATA, "EntityDescriptor"))
        })
        .collect();
    match *roles {
        [] => Err(MetadataError::NoProvider),
        [role] => read(role),
        _ => Err(MetadataError::SeveralProviders(roles.len())),
    }
}

fn speaks_saml2(role: Node<'_, '_>) -> bool {
    let protocols = tree::attribute(role, "protocolSupportEnumeration").unwrap_or_default();
    protocols.split_ascii_whitespace().any(|protocol| protocol == names::PROTOCOL)
}

fn read(role: Node<'_, '_>) -> Result<IdpMetadata, MetadataError> {
    let entity_id = role.parent().and_then(|entity| tree::attribute(entity, "entityID")).unwrap_or_default();
    if entity_id.trim().is_empty() || entity_id.chars().count() > 1024 {
        return Err(MetadataError::EntityId);
    }
    let sso = endpoints(role, "SingleSignOnService")?;
    if sso.is_empty() {
        return Err(MetadataError::NoSignIn);
    }
    let formats = tree::children(role, names::METADATA, "NameIDFormat").filter_map(tree::text);
    Ok(IdpMetadata {
        entity_id: entity_id.to_owned(),
        sso,
        slo: endpoints(role, "SingleLogoutService")?,
        certificates: certificates(role)?,
        wants_signed_requests: matches!(
            tree::attribute(role, "WantAuthnRequestsSigned").map(str::trim),
            Some("true" | "1")
        ),
        name_id_formats: formats.map(|format| format.trim().to_owned()).collect(),
    })
}

fn endpoints(role: Node<'_, '_>, name: &str) -> Result<Vec<Endpoint>, MetadataError> {
    let mut found = Vec::new();
    for node in tree::children(role, names::METADATA, name) {
        let binding = match tree::attribute(node, "Binding").map(str::trim) {
            Some(names::REDIRECT) => Binding::Redirect,
            Some(names::POST) => Binding::Post,
            _ => continue,
        };
        let url = location(tree::attribute(node, "Location").unwrap_or_default())?;
        let response_url = tree::attribute(node, "ResponseLocation").map(location).transpose()?;
        found.push(Endpoint { binding, url, response_url });
    }
    Ok(found)
}

/// Checks a URL and returns it as it was written, because Destination must repeat it verbatim.
fn location(url: &str) -> Result<String, MetadataError> {
    let url = url.trim();
    match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "https" | "http") && parsed.has_host() => Ok(url.to_owned()),
        _ => Err(MetadataError::Location(tree::short(url))),
    }
}

/// Certificates of the keys for signing, each once.
fn certificates(role: Node<'_, '_>) -> Result<Vec<Certificate>, MetadataError> {
    let mut found = Vec::new();
    for key in tree::children(role, names::METADATA, "KeyDescriptor") {
        match tree::attribute(key, "use") {
            None | Some("signing") => {}
            Some(_) => continue,
        }
        let information = tree::children(key, names::DSIG, "KeyInfo");
        let data = information.flat_map(|information| tree::children(information, names::DSIG, "X509Data"));
        let mut is_bare = true;
        for certificate in data.flat_map(|data| tree::children(data, names::DSIG, "X509Certificate")) {
            let text = tree::text(certificate).ok_or(CertificateError::NotBase64)?;
            found.extend(parse_pasted(text)?);
            is_bare = false;
        }
        if is_bare {
            return Err(MetadataError::BareKey);
        }
        if found.len() > limits::CERTIFICATES {
            return Err(CertificateError::TooMany.into());
        }
    }
    match signers(found)? {
        none if none.is_empty() => Err(MetadataError::NoCertificate),
        found => Ok(found),
    }
}
