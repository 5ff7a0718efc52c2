//! SAML apps of each kind of provider: what it calls our addresses and its own settings. `docs/providers` has the same labels, each with its
//! source or the mark that it has none.

/// The labels and places of a provider's SAML app. Places follow the provider's name and a colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamlLabels {
    /// Where an administrator creates a SAML app.
    pub app: &'static str,
    /// How an administrator lets one more person in.
    pub admit: &'static str,
    /// The path to the app's settings, before a label.
    pub settings: &'static str,
    /// The path to the settings of signatures and encryption, before a label.
    pub advanced: &'static str,
    /// The label of our assertion consumer service (ACS) URL.
    pub acs_url: &'static str,
    /// What else must be right about the address; empty: nothing.
    pub acs_also: &'static str,
    /// The label of our entity ID.
    pub entity_id: &'static str,
    /// The label of our single logout URL.
    pub slo_url: &'static str,
    /// How to have single logout; empty: the label says it.
    pub slo: &'static str,
    /// The label of the address where a sign-in begins.
    pub start: &'static str,
    /// The label of the NameID's format.
    pub name_id_format: &'static str,
    /// The formats that identify a person.
    pub formats: &'static str,
    /// The format to choose.
    pub format: &'static str,
    /// The label of the NameID's value, and the value to choose.
    pub name_id: (&'static str, &'static str),
    /// The settings that have the response or the assertion signed: label and value.
    pub signs: &'static [(&'static str, &'static str)],
    /// The settings of the algorithms: label and value.
    pub algorithms: &'static [(&'static str, &'static str)],
    /// The setting that sends assertions unencrypted: label and value.
    pub unencrypted: (&'static str, &'static str),
    /// How to have a person authenticated again (ForceAuthn); empty: nothing is to be set.
    pub force_authn: &'static str,
    /// Where its metadata is.
    pub metadata: &'static str,
    /// Where its signing certificates are.
    pub certificates: &'static str,
    /// How to renew its certificate.
    pub renewal: &'static str,
    /// Where its issuer is.
    pub issuer: &'static str,
    /// Where its sign-on URL is.
    pub sso_url: &'static str,
    /// An address that looks like the sign-on URL and ignores our request; empty: none.
    pub not_sso_url: &'static str,
    /// Where attributes are.
    pub attributes: &'static str,
    /// Where the attribute with the groups is.
    pub groups: &'static str,
    /// Where it says why it refused a sign-in.
    pub log: &'static str,
    /// Examples of its issuer, sign-on URL and metadata URL.
    pub examples: [&'static str; 3],
    /// Peculiarities, one sentence each.
    pub quirks: &'static [&'static str],
}

/// The terms of SAML, where the provider has no label of its own.
pub(super) const OTHER: SamlLabels = SamlLabels {
    app: "Create an app for SAML 2.0",
    admit: "let the person use the app",
    settings: "",
    advanced: "",
    acs_url: "ACS URL",
    acs_also: "Recipient and Destination must be the same address",
    entity_id: "Entity ID",
    slo_url: "Single logout",
    slo: "",
    start: "Login URL",
    name_id_format: "NameID format",
    formats: "unspecified, emailAddress or persistent",
    format: "emailAddress",
    name_id: ("NameID", "the email address"),
    signs: &[("Signature", "on the assertion or the response")],
    algorithms: &[("Signature algorithm", "RSA-SHA256")],
    unencrypted: ("Encryption of assertions", "off"),
    force_authn: "",
    metadata: "its metadata",
    certificates: "its signing certificate",
    renewal: "its signing certificate: make a new one, and save it here before it signs",
    issuer: "its entity ID",
    sso_url: "its SSO URL",
    not_sso_url: "",
    attributes: "the attributes of the app",
    groups: "the attribute with the groups",
    log: "its log",
    examples: [
        "https://login.acme.example/saml",
        "https://login.acme.example/saml/sso",
        "https://login.acme.example/saml/metadata",
    ],
    quirks: &[],
};

pub(super) const OKTA: SamlLabels = SamlLabels {
    app: "Applications › Create App Integration › SAML 2.0",
    admit: "Assignments: assign the person or their group",
    settings: "General › SAML Settings › Edit › Configure SAML › ",
    advanced: "General › SAML Settings › Edit › Configure SAML › Show Advanced Settings › ",
    acs_url: "Single sign-on URL",
    acs_also: "Use this for Recipient URL and Destination URL must be ticked",
    entity_id: "Audience URI (SP Entity ID)",
    slo_url: "Single Logout URL",
    slo: "Show Advanced Settings › Enable Single Logout, with the entity ID as SP Issuer, and the certificate of our metadata as Signature Certificate",
    start: "SP Initiate URL",
    name_id_format: "Name ID format",
    formats: "Unspecified, EmailAddress or Persistent",
    format: "EmailAddress",
    name_id: ("Application username", "Email"),
    signs: &[("Response", "Signed"), ("Assertion Signature", "Signed")],
    algorithms: &[("Signature Algorithm", "RSA-SHA256"), ("Digest Algorithm", "SHA256")],
    unencrypted: ("Assertion Encryption", "Unencrypted"),
    force_authn: "Honor Force Authentication must be Yes; in an app of the catalog, Disable Force Authentication must not be ticked",
    metadata: "Sign On › SAML 2.0 › Metadata details › Metadata URL",
    certificates: "Sign On › SAML Signing Certificates",
    renewal: "Sign On › SAML Signing Certificates › Generate new certificate; save it here; then Actions › Activate",
    issuer: "Sign On › View SAML setup instructions › Identity Provider Issuer",
    sso_url: "Sign On › View SAML setup instructions › Identity Provider Single Sign-On URL",
    not_sso_url: "App Embed Link",
    attributes: "Attribute Statements",
    groups: "Group Attribute Statements",
    log: "Reports › System Log",
    examples: [
        "http://www.okta.com/exk…",
        "https://acme.okta.com/app/…/sso/saml",
        "https://acme.okta.com/app/exk…/sso/saml/metadata",
    ],
    quirks: &[],
};

pub(super) const ENTRA: SamlLabels = SamlLabels {
    app: "Entra ID › Enterprise apps › All applications › New application › Create your own application, then Single sign-on › SAML",
    admit: "Enterprise apps › the app › Users and groups: assign the person or their group",
    settings: "Single sign-on › ",
    advanced: "Single sign-on › ",
    acs_url: "Reply URL (Assertion Consumer Service URL)",
    acs_also: "",
    entity_id: "Identifier (Entity ID)",
    slo_url: "Logout Url",
    start: "Sign on URL",
    name_id_format: "Attributes & Claims › Unique User Identifier (Name ID)",
    name_id: ("Attributes & Claims › Unique User Identifier (Name ID)", "user.objectid"),
    format: "Persistent",
    formats: "Persistent or Email address",
    signs: &[("Signing Option", "Sign SAML assertion")],
    algorithms: &[("Signing Algorithm", "SHA-256")],
    metadata: "App Federation Metadata Url",
    certificates: "Single sign-on › SAML Certificates",
    renewal: "Single sign-on › SAML Certificates: make a new certificate; save it here; then make it active",
    issuer: "Microsoft Entra Identifier",
    sso_url: "Login URL",
    attributes: "Attributes & Claims",
    groups: "Attributes & Claims › Add a group claim",
    log: "Sign-in logs",
    examples: [
        "https://sts.windows.net/{tenant id}/",
        "https://login.microsoftonline.com/{tenant id}/saml2",
        "https://login.microsoftonline.com/{tenant id}/federationmetadata/2007-06/federationmetadata.xml?appid={app id}",
    ],
    quirks: &[
        "The metadata URL must name the app by appid: without it the metadata has the tenant's certificates, not the app's.",
    ],
    ..OTHER
};

pub(super) const GOOGLE: SamlLabels = SamlLabels {
    app: "admin.google.com › Apps › Web and mobile apps › Add app › Add custom SAML app",
    admit: "User access: ON for the person's unit",
    acs_url: "ACS URL",
    acs_also: "",
    start: "Start URL",
    name_id_format: "Name ID format",
    formats: "EMAIL",
    format: "EMAIL",
    name_id: ("Name ID", "Basic Information > Primary email"),
    signs: &[("Signed response", "checked")],
    algorithms: &[("The certificate's algorithm", "SHA-256")],
    metadata: "Download metadata",
    renewal: "make the next certificate there, and save both here before it signs",
    attributes: "Attributes",
    groups: "Group membership (optional)",
    examples: [
        "https://accounts.google.com/o/saml2?idpid=…",
        "https://accounts.google.com/o/saml2/idp?idpid=…",
        "https://login.acme.example/saml/metadata",
    ],
    quirks: &[
        "Leave Start URL empty: it would be the RelayState.",
        "Google has no metadata URL and no single logout: paste the metadata, and again when the certificate is renewed.",
    ],
    ..OTHER
};

pub(super) const ONELOGIN: SamlLabels = SamlLabels {
    app: "Administration › Applications › Add App › SAML Custom Connector (Advanced)",
    admit: "the app's Access tab, or the person's Applications tab: give them the app",
    settings: "Configuration › ",
    advanced: "Configuration › ",
    acs_url: "ACS (Consumer) URL",
    acs_also: "Recipient must be the same address, and ACS (Consumer) URL Validator a regular expression that matches it",
    entity_id: "Audience (EntityID)",
    slo_url: "Single Logout URL",
    name_id_format: "SAML nameID format",
    formats: "Email or Unspecified",
    format: "Email",
    name_id: ("Parameters › NameID value", "Email"),
    signs: &[("SAML signature element", "Both")],
    algorithms: &[("SSO › SAML Signature Algorithm", "SHA-256")],
    unencrypted: ("Encrypt assertion", "off"),
    metadata: "More Actions › SAML Metadata",
    certificates: "SSO › X.509 Certificate",
    issuer: "SSO › Issuer URL",
    attributes: "Parameters",
    groups: "Parameters",
    examples: [
        "https://app.onelogin.com/saml/metadata/…",
        "https://acme.onelogin.com/trust/saml2/http-post/sso/…",
        "https://app.onelogin.com/saml/metadata/…",
    ],
    quirks: &["SAML Signature Algorithm may be SHA-1 at first, which is refused here."],
    ..OTHER
};

pub(super) const JUMPCLOUD: SamlLabels = SamlLabels {
    app: "SSO Applications › Add New Application › Custom Application › Manage Single Sign-On › Configure SSO with SAML",
    admit: "the app's User Groups tab: choose a group of the person",
    settings: "SSO › ",
    advanced: "SSO › ",
    acs_url: "ACS URLs",
    acs_also: "",
    entity_id: "SP Entity ID",
    name_id_format: "SAMLSubject NameID Format",
    formats: "unspecified or emailAddress",
    name_id: ("SAMLSubject NameID", "email"),
    signs: &[("Sign", "Assertion")],
    algorithms: &[("Signature Algorithm", "RSA-SHA256")],
    metadata: "Copy Metadata URL",
    issuer: "IdP Entity ID",
    sso_url: "IdP URL",
    groups: "include group attribute",
    examples: [
        "acme-vestibule",
        "https://sso.jumpcloud.com/saml2/…",
        "https://sso.jumpcloud.com/saml2/metadata/…",
    ],
    quirks: &["IdP Entity ID is a name of your choice, another one for each workspace: it is the issuer."],
    ..OTHER
};

pub(super) const PING: SamlLabels = SamlLabels {
    app: "Applications › Applications › + › SAML Application › Configure",
    admit: "the app's Access tab: add a group of the person",
    acs_url: "ACS URLs",
    acs_also: "",
    start: "Signon URL",
    name_id_format: "Subject NameID Format",
    formats: "unspecified or emailAddress",
    name_id: ("Attribute Mappings › saml_subject", "User ID"),
    signs: &[("Signing key", "Sign Assertion & Response")],
    algorithms: &[("Signing algorithm", "RSA_SHA256")],
    unencrypted: ("Encryption", "off"),
    metadata: "IDP Metadata URL",
    attributes: "Attribute Mappings",
    groups: "Attribute Mappings › Group Names",
    examples: [
        "https://auth.pingone.com/{environment id}",
        "https://auth.pingone.com/{environment id}/saml20/idp/sso",
        "https://auth.pingone.com/{environment id}/saml20/metadata/…",
    ],
    quirks: &["Switch the app on with its toggle."],
    ..OTHER
};

pub(super) const KEYCLOAK: SamlLabels = SamlLabels {
    app: "Clients › Create client › Client type SAML",
    acs_url: "Valid redirect URIs",
    acs_also: "Advanced › Assertion Consumer Service POST Binding URL must be the same address",
    entity_id: "Client ID",
    name_id_format: "Name ID format",
    formats: "username, email or persistent",
    format: "email",
    name_id: ("Force name ID format", "On"),
    signs: &[("Sign assertions", "On")],
    algorithms: &[("Signature algorithm", "RSA_SHA256"), ("Canonicalization method", "EXCLUSIVE")],
    unencrypted: ("Keys › Encrypt assertions", "Off"),
    metadata: "Realm settings › Endpoints › SAML 2.0 Identity Provider Metadata",
    groups: "Group list",
    examples: [
        "https://sso.acme.example/realms/acme",
        "https://sso.acme.example/realms/acme/protocol/saml",
        "https://sso.acme.example/realms/acme/protocol/saml/descriptor",
    ],
    quirks: &[
        "Force POST binding and Include AuthnStatement must be On.",
        "Keys › Client signature required must be Off, unless requests are signed.",
    ],
    ..OTHER
};
