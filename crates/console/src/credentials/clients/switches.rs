//! The switches of a client, and which of them its kind has. Pure.

use vestibule_core::sets::{ClientAuth, ClientKind, DpopMode};
use vestibule_store::oauth::clients::Client;

/// State of a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    Off,
    /// Always on for this client, and why.
    Always(&'static str),
    /// Never on for this client, and why.
    Never(&'static str),
}

impl Switch {
    fn of(is_on: bool) -> Self {
        if is_on { Self::On } else { Self::Off }
    }

    pub(super) fn is_on(self) -> bool {
        matches!(self, Self::On | Self::Always(_))
    }

    /// Why it can't be changed; empty: it can.
    pub(super) fn fixed(self) -> &'static str {
        match self {
            Self::On | Self::Off => "",
            Self::Always(why) | Self::Never(why) => why,
        }
    }
}

/// Whether the client may act for people by an assertion of their provider.
pub(super) fn cross_app(client: &Client) -> Switch {
    match client.kind {
        ClientKind::Scim => Switch::Never("A client for provisioning acts for nobody."),
        _ if client.is_public() => Switch::Never("The client has no secret and no keys."),
        _ => Switch::of(client.cross_app),
    }
}

/// Whether the client may exchange access tokens of people.
pub(super) fn token_exchange(client: &Client) -> Switch {
    match client.kind {
        ClientKind::Scim => Switch::Never("A client for provisioning acts for nobody."),
        _ if client.is_public() => Switch::Never("The client has no secret and no keys."),
        _ if !client.token_exchange && client.serves.as_slice().is_empty() => {
            Switch::Never("The operator has not said which resource the client serves.")
        }
        _ => Switch::of(client.token_exchange),
    }
}

/// Whether the client must use PKCE.
pub(super) fn pkce(client: &Client) -> Switch {
    match client.kind {
        ClientKind::Mcp => Switch::Always("MCP clients always must."),
        ClientKind::App if client.is_public() => {
            Switch::Always("An app without a secret or keys always must.")
        }
        ClientKind::App => Switch::of(client.requires_pkce),
        ClientKind::Service => Switch::Never("The client signs nobody in."),
        ClientKind::Scim => Switch::Never("Clients for provisioning may not support it."),
    }
}

/// Whether the tokens of the client are bound to a key of the client; `None`: they never are.
pub(super) fn dpop(client: &Client) -> Option<DpopMode> {
    Some(client.dpop).filter(|_| client.kind != ClientKind::Scim)
}

/// The kind of a client, for people.
pub(super) fn kind(client: &Client) -> &'static str {
    match client.kind {
        ClientKind::App => "App",
        ClientKind::Mcp => "MCP client",
        ClientKind::Service => "Service",
        ClientKind::Scim => "Provisioning (SCIM)",
    }
}

/// How a client authenticates, for people.
pub(super) fn authentication(client: &Client) -> &'static str {
    match client.auth_method {
        ClientAuth::Secret => "With a secret",
        ClientAuth::PrivateKeyJwt => "With a key of its own (private_key_jwt)",
        ClientAuth::None => "Not at all: a program on people’s own devices",
    }
}

/// A mode of bound tokens, for people.
pub(super) fn mode(mode: DpopMode) -> &'static str {
    match mode {
        DpopMode::Off => "Off",
        DpopMode::Optional => "When the client sends a proof",
        DpopMode::Required => "Always",
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::ids::{ClientId, DEPLOYMENT};
    use vestibule_store::{
        db::json::JsonList,
        oauth::clients::{NewClient, described},
    };

    use super::*;

    fn client(kind: ClientKind, auth_method: ClientAuth) -> Client {
        let new = NewClient { auth_method, ..NewClient::new(kind) };
        let client = described("https://client.example/", &new, 0);
        Client { workspace_id: DEPLOYMENT.clone(), client_id: ClientId::sent("c"), ..client }
    }

    #[test]
    fn a_kind_has_the_switches_that_count_for_it() {
        let (fixed_on, fixed_off) = (Some(true), Some(false));
        for (kind, auth_method, acts, exchanges, demands_pkce) in [
            (ClientKind::App, ClientAuth::Secret, None, fixed_off, None),
            (ClientKind::App, ClientAuth::None, fixed_off, fixed_off, fixed_on),
            (ClientKind::Mcp, ClientAuth::PrivateKeyJwt, None, fixed_off, fixed_on),
            (ClientKind::Mcp, ClientAuth::None, fixed_off, fixed_off, fixed_on),
            (ClientKind::Service, ClientAuth::Secret, None, fixed_off, fixed_off),
            (ClientKind::Scim, ClientAuth::Secret, fixed_off, fixed_off, fixed_off),
        ] {
            let client = client(kind, auth_method);
            let fixed = |switch: Switch| Some(switch.is_on()).filter(|_| !switch.fixed().is_empty());
            let found = (fixed(cross_app(&client)), fixed(token_exchange(&client)), fixed(pkce(&client)));
            assert_eq!(found, (acts, exchanges, demands_pkce), "{kind} {auth_method}");
            assert_eq!(dpop(&client).is_some(), kind != ClientKind::Scim);
        }
        let mut service = client(ClientKind::Service, ClientAuth::Secret);
        service.serves = JsonList::from(&["https://mcp.example/".to_owned()][..]);
        assert_eq!(token_exchange(&service), Switch::Off);
        service.token_exchange = true;
        assert_eq!(token_exchange(&service), Switch::On);
    }
}
