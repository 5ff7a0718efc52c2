//! A folder with every kind of thing and every key.

use super::{ACME, Bench, SECRET, certificate, client_id};
use crate::support::Backend;

const DEPLOYMENT: &str = r#"
[[resource]]
uri = "https://mcp.example.com/"
name = "MCP \"server\""
scopes = [{ scope = "files:read", text = "Read your files" }, { scope = "files:write" }]

[[client]]
name = "Catalog"
kind = "scim"
client_secret = { env = "CATALOG" }
redirect_uris = ["https://system-admin.okta.com/admin/app/cpc/acme_1/oauth/callback"]

[[webhook]]
url = "https://hooks.example.com/all"
secret = { env = "HOOK" }
kinds = ["*"]
"#;

const WORKSPACE: &str = r#"
default_role = "pilot"
without_roles = ["viewer"]
allow_basic = true
park_members = true
session_hours = 12
idle_minutes = 0
max_age_seconds = 3601
allowed_origins = ["https://b.acme.example", "https://a.acme.example"]
sign_in_domains = ["Acme.example"]
domains = ["Sub.Acme.example", "acme.example"]
brake_percent = 30
brake_least = 7
okta_app = "own"

[[attribute]]
schema = "urn:ietf:params:scim:schemas:core:2.0:User"
name = "shoe"
type = "string"
case_exact = true
description = "Size, \"as printed\"\non the box"

[[role]]
id = "pilot"
name = "Pilot"
description = "Flies"

[[role]]
id = "auditor"
name = "Reviewer"
by_okta = false

[[entitlement]]
id = "hangar"
name = "Hangar"
description = "Opens the hangar"

[[mapping]]
group = "Eng*"
roles = ["pilot", "editor"]
entitlements = ["hangar"]

[[oidc_connection]]
name = "Okta"
issuer = "https://acme.okta.com"
client_id = "0oa1"
client_secret = { env = "OKTA" }
groups_claim = "groups"
jit = true
dpop = true
cross_app = true
domains = ["people.acme.example"]

[[oidc_connection]]
id = "01900000-0000-7000-8000-0000000000c2"
name = "Other"
provider = "keycloak"
issuer = "https://login.acme.example/realms/acme"
client_id = "vestibule"
auth_method = "private_key_jwt"
enabled = false
default = false

[[saml_connection]]
name = "ADFS"
issuer = "http://adfs.acme.example/trust"
sso_url = "https://adfs.acme.example/ls"
sso_binding = "post"
slo_url = "https://adfs.acme.example/slo"
slo_response_url = "https://adfs.acme.example/answer"
certificates = ["CERTIFICATE"]
metadata_url = "https://adfs.acme.example/metadata"
trusts_metadata = false
entity_id = "urn:acme:vestibule"
signs_requests = true
unsolicited = "off"
groups_attribute = "groups"
roles_attribute = "roles"
email_attribute = "mail"
user_name_attribute = "upn"
name_attribute = "cn"
given_name_attribute = "gn"
family_name_attribute = "sn"
uid_attribute = "UID"
uid_is = "custom"
uid_custom_attribute = "shoe"
okta_org = "https://acme.okta.com"
app_instance_id = "0oa9"
jit = true
default = true
domains = ["old.acme.example"]

[[resource]]
uri = "https://files.acme.example/mcp"
name = "Files"
scopes = [{ scope = "z", text = "Last letter" }, { scope = "a" }]
roles = ["pilot"]

[[client]]
id = "CLIENT"
name = "App"
kind = "app"
client_secret = { env = "APP" }
redirect_uris = ["https://app.acme.example/cb", "https://app.acme.example/a"]
post_logout_redirect_uris = ["https://app.acme.example/"]
backchannel_logout_uri = "https://app.acme.example/logout"
scopes = ["openid", "email"]
jwt_access_tokens = 60
id_token_alg = "ES256"
require_pkce = true
default_max_age = 600
require_auth_time = true
cross_app = true
token_exchange = true
serves = ["https://mcp.example.com/", "https://files.acme.example/mcp"]
dpop = "optional"

[[client]]
name = "Machine"
kind = "service"
auth_method = "private_key_jwt"
jwks = "https://keys.acme.example/jwks.json"

[[webhook]]
url = "https://hooks.acme.example/in"
secret = { env = "HOOK" }
kinds = ["user_deactivated", "access_ended"]
enabled = false
"#;

impl Bench {
    /// A bench with the secrets of [`Bench::full`].
    pub(super) fn with_secrets(backend: Backend) -> Self {
        let names = ["CATALOG", "HOOK", "OKTA", "APP"];
        names.into_iter().fold(Self::new(backend), |bench, name| bench.with(name, SECRET))
    }

    /// A folder with every kind of thing.
    pub(super) fn full(&self) -> std::path::PathBuf {
        let workspace = WORKSPACE.replace("CERTIFICATE", &certificate()).replace("CLIENT", &client_id(ACME));
        let acme = format!("id = \"{}\"\nname = \"Acme, Inc.\"\n{workspace}", ACME.to_uppercase());
        let plain = "id = \"01900000-0000-7000-8000-00000000bbbb\"\nname = \"Plain\"\n";
        self.folder(&[
            ("deployment.toml", DEPLOYMENT),
            ("workspaces/acme.toml", &acme),
            ("workspaces/plain.toml", plain),
        ])
    }
}
