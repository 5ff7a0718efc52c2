//! Findings about signing in: steps 2 and 3. Pure.

use vestibule_admin::provider::domains::record;
use vestibule_core::time::SECOND;
use vestibule_store::providers::{domains::Domain, sightings::Sighting};
use vestibule_web::observe::sightings::Sight;

use super::{
    facts::{Facts, Refused},
    finding::{
        Finding,
        Weight::{self, Bad, Note, Warn},
    },
    history::History,
    logout,
    oidc::Oidc,
    saml::facts::Saml,
};

/// The time that a person needs to sign in at Okta.
const TYPING: i64 = 20 * SECOND;
/// The time after which Okta most likely refused the sign-in.
const AWAY: i64 = 10 * 60 * SECOND;

/// The findings about a connection.
pub(super) fn judge(facts: &Facts, oidc: &Oidc) -> Vec<Finding> {
    let (connection, history) = (&oidc.connection, &oidc.history);
    let mut found = Vec::new();
    if !connection.enabled {
        let weight = if facts.is_any_enabled() { Note } else { Warn };
        found.push(
            Finding::new(
                "sign_in_off",
                weight,
                3,
                "Okta sign-in is switched off here.",
                "Nobody can sign in through Okta; provisioning and Universal Logout work.",
            )
            .go("The Okta page, step 3: tick Enable Okta sign-in"),
        );
    }
    if !facts.is_judged(connection.enabled, connection.updated_at, history) {
        return found;
    }
    found.extend(not_back(facts, history));
    found.extend(contested(oidc));
    found
        .extend(history.refused.iter().filter_map(|(reason, refused)| refusal(facts, oidc, reason, refused)));
    found.extend(logout::judge(facts, oidc));
    found
}

/// Findings about people and their domains, whatever the protocol.
pub(super) fn of_workspace(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    if !facts.is_connected() {
        return found;
    }
    if facts.domains.is_empty() {
        found.push(
            Finding::new("no_domain", Warn, 3, "No e-mail domain is verified here.", "People are recognized by their Okta user id only; nobody is matched by user name or e-mail, and just-in-time provisioning creates nobody.")
                .go("Settings, E-mail domains: add your domain and its TXT record"),
        );
    }
    found.extend(facts.unproved.iter().map(unproved));
    if facts.conflicts > 0 {
        let saw = match facts.conflicts {
            1 => "Okta authenticated one person whose name belongs to another user here.".to_owned(),
            many => {
                format!("Okta authenticated {many} people whose names belong to other users here.")
            }
        };
        found.push(
            Finding::new("conflicts", Bad, 3, saw, "Vestibule never merges two people by itself.")
                .go("The Okta page, “could not sign in”: choose who they are")
                .go("If they are duplicates, in Okta: Provisioning › To App, map externalId to the Okta user id, unique to each person"),
        );
    }
    found
}

/// A domain whose DNS record is gone.
fn unproved(domain: &Domain) -> Finding {
    let place = format!("DNS: the TXT record {}", record::name(&domain.domain));
    let mut finding = if domain.lapsed_at.is_some() {
        Finding::new(
            "domain_lapsed",
            Bad,
            3,
            format!(
                "The e-mail domain {} has lapsed: its TXT record has been gone for too long.",
                domain.domain
            ),
            "Nobody new is recognized or created under it, and another workspace may verify it. People who have signed in before still can.",
        )
    } else {
        Finding::new(
            "domain_lapsing",
            Warn,
            3,
            format!("The TXT record that proves the e-mail domain {} is gone.", domain.domain),
            "If it is not restored, the domain lapses: nobody new is recognized or created under it, and another workspace may verify it.",
        )
    };
    finding = match domain.challenge.as_str() {
        "" => finding.go("Settings, E-mail domains: remove the domain and add it again"),
        challenge => finding.put(place, record::value_of(challenge)),
    };
    match domain.missing_since {
        Some(since) => finding.at(since),
        None => finding,
    }
}

/// Other workspaces claim the same issuer and client id. The finding names none of them, because customers read the page.
fn contested(oidc: &Oidc) -> Option<Finding> {
    if oidc.rivals.is_empty() {
        return None;
    }
    let place = "Okta: give this workspace an app of its own, and save its Client ID and client secret in step 3 of this page";
    Some(if oidc.rivals.iter().any(|rival| rival.proven) {
        Finding::new("app_taken", Bad, 3, "Another workspace has proved that it owns the app with this issuer and Client ID.", "Nobody can sign in to this workspace through it, and its Universal Logouts go to the other workspace.")
            .go(place)
    } else if oidc.connection.proven_at.is_some() {
        Finding::new(
            "app_contested",
            Note,
            3,
            "Another workspace has saved the same issuer and Client ID, without proof that it owns the app.",
            "This does not affect this workspace, whose sign-ins have proved that it owns the app.",
        )
        .go("If both are yours, give each workspace an app of its own in Okta")
    } else {
        Finding::new("app_contested", Warn, 3, "Another workspace has saved the same issuer and Client ID, and neither has proved that it owns the app.", "The app belongs to the workspace whose sign-in succeeds first; until then a Universal Logout applies to both.")
            .go("The Okta page: Test sign-in, which proves that this workspace owns the app")
            .go(place)
    })
}

/// People were sent to Okta, and nobody came back: Okta shows an error page then, which Vestibule never sees.
fn not_back(facts: &Facts, history: &History) -> Option<Finding> {
    let (began, weight) = away(history)?;
    Some(
        Finding::new(
            "redirect_uri",
            weight,
            2,
            "Somebody was sent to Okta to sign in, and nobody has come back since.",
            "The person closed the page, or Okta refused: 400 with “redirect_uri” means that the URI below is missing in Okta or differs by a letter.",
        )
        .put("Okta: General › LOGIN › Sign-in redirect URIs", facts.paste.redirect_uri())
        .go("The Okta page: Run the live checks, which query Okta")
        .at(began.last_at),
    )
}

/// The finding of `not_back` for a SAML connection.
pub(super) fn not_back_by_saml(saml: &Saml) -> Option<Finding> {
    let (began, weight) = away(&saml.history)?;
    let found = Finding::new(
        "saml_not_back",
        weight,
        super::saml::STEP,
        "Somebody was sent to the identity provider to sign in, and nobody has come back since.",
        "The person closed the page, or the provider refused, or it posts its response to another address. Okta says “User is not assigned to this application” to those who are not.",
    )
    .put("Okta: General › SAML Settings › Edit › Configure SAML › Single sign-on URL", &saml.acs_url)
    .go("Okta: Assignments: assign the person or their group")
    .at(began.last_at);
    Some(found)
}

/// The last trip to the provider, if nobody has come back since, and how grave that is.
fn away(history: &History) -> Option<(&Sighting, Weight)> {
    let began = history.seen(Sight::SignInBegan)?;
    let came_back = history.last(Sight::SignInCameBack);
    if came_back.is_some_and(|at| at >= began.last_at) || began.last_at + TYPING > history.now {
        return None;
    }
    let weight = match came_back {
        _ if began.last_at + AWAY > history.now => Note,
        None => Bad,
        Some(_) => Warn,
    };
    Some((began, weight))
}

fn refusal(facts: &Facts, oidc: &Oidc, reason: &str, refused: &Refused) -> Option<Finding> {
    // RFC 6749 §5.2: `invalid_client` is about the client's credentials, `invalid_grant` only about the code.
    let reason = match (reason, refused.detail.as_str()) {
        ("exchange_refused", "invalid_client") => "client_refused",
        ("exchange_refused", "invalid_grant") => "code_refused",
        _ => reason,
    };
    let times = match refused.times {
        1 => "once".to_owned(),
        many => format!("{many} times"),
    };
    let finding = |weight, saw: &str, means: &str| {
        let id = ID.iter().find(|(name, _)| *name == reason).map_or("sign_in_refused", |(_, id)| *id);
        Finding::new(id, weight, 3, format!("{saw} ({times} in the last week)."), means).at(refused.at)
    };
    let cured = oidc.history.has_signed_in_since(refused.at);
    Some(match reason {
        "not_provisioned" => finding(
            Bad,
            "Somebody authenticated at Okta and is not provisioned here",
            "Okta authenticated them, but no user with this name was provisioned, and just-in-time provisioning is off.",
        )
        .go("Okta: Assignments: assign the person or their group; if they are assigned, Provisioning › To App › Create Users must be ticked")
        .go("Or the Okta page, step 3: Just-in-time provisioning"),
        "domain_not_verified" => finding(
            Bad,
            "Somebody authenticated at Okta under a domain that is not verified here",
            "A user name or e-mail address is used only under a domain that you have verified.",
        )
        .go("Settings, E-mail domains: add the domain and its TXT record"),
        "client_refused" if !cured => finding(
            Bad,
            &format!("Okta does not accept the app's credentials ({})", refused.detail),
            "The Client ID or client secret is not that of the app in Okta, or the client authentication differs.",
        )
        .go("Okta: General › Client Credentials: copy Client ID and client secret into step 3 of this page")
        .go("Okta: General › Client authentication must be what “More settings” in step 3 says"),
        "code_refused" if !cured => finding(
            Note,
            &format!("Okta did not accept the code of a sign-in ({})", refused.detail),
            "The code had expired, was used already, or was issued for another redirect URI. Okta knows the app: the client secret is right. Anybody can cause this with a made-up code.",
        )
        .put("If people can't sign in, Okta: General › LOGIN › Sign-in redirect URIs", facts.paste.redirect_uri()),
        "exchange_refused" if !cured => finding(
            Bad,
            &format!("Okta did not exchange the code of a sign-in for tokens ({})", refused.detail),
            "The app in Okta is set up for another grant type or another client authentication.",
        )
        .go("Okta: General › Grant type: tick Authorization Code")
        .go("Okta: General › Client authentication, and Require Demonstrating Proof of Possession, must be what “More settings” in step 3 says"),
        "id_token" | "mixed_up" if !cured => finding(
            Bad,
            &format!("Okta's response was not accepted ({})", refused.detail),
            "The issuer and the Okta domain differ, or the response came from another Okta.",
        )
        .put("Okta: Sign On › OpenID Connect ID Token › Issuer: choose the Okta URL, and type it as Okta domain in step 3", &oidc.connection.issuer),
        "access_denied" => finding(
            Warn,
            "Okta refused a sign-in",
            "The person isn't assigned to the app in Okta, or one of Okta's policies refused them.",
        )
        .go("Okta: Assignments: assign the person or their group")
        .go("Okta: Sign On › User authentication: check the app's authentication policy"),
        "invalid_request" | "unauthorized_client" | "unsupported_response_type" if !cured => finding(
            Bad,
            &format!("Okta does not accept the app's request ({})", refused.detail),
            "The app in Okta is not set up for the authorization code.",
        )
        .go("Okta: General › Grant type: tick Authorization Code")
        .put("Okta: General › LOGIN › Sign-in redirect URIs", facts.paste.redirect_uri()),
        "invalid_scope" if !cured => finding(Bad, "Okta does not allow the scopes", "The app may not request openid, profile and email.")
            .go("Okta: Security › API › the authorization server › Access Policies: allow openid, profile, email"),
        "provider_unreachable" | "provider_not_called" if !cured => finding(
            Bad,
            &format!("Okta could not be reached ({})", refused.detail),
            "The Okta domain is not reachable from here, or is not an address that Vestibule may call.",
        )
        .go("The Okta page, step 3: compare Okta domain with the Issuer that Okta shows"),
        "not_fresh" if !cured => finding(
            Warn,
            "Okta did not ask somebody for their password again",
            "After a Universal Logout the person has to authenticate again, and Okta answered with the old sign-in.",
        )
        .go("Okta: Security › Authentication Policies: the app's rule must allow re-authentication (Prompt for authentication)"),
        "other_browser" | "spent" | "deactivated" | "connection_changed" | "raced" | "conflict" | "issuer_changed" | "app_taken" | "malformed" => return None,
        _ if cured => return None,
        _ => finding(Note, &format!("A sign-in was refused: {reason} {}", refused.detail), "The audit trail and the request have the details.")
            .go("Requests: open the newest refused sign-in"),
    })
}

/// Id of the finding, for each reason that has its own.
const ID: [(&str, &str); 10] = [
    ("not_provisioned", "not_provisioned"),
    ("domain_not_verified", "domain_not_verified"),
    ("client_refused", "client_secret"),
    ("code_refused", "code_refused"),
    ("id_token", "issuer"),
    ("mixed_up", "issuer"),
    ("access_denied", "not_assigned"),
    ("provider_unreachable", "issuer_unreachable"),
    ("provider_not_called", "issuer_unreachable"),
    ("not_fresh", "not_fresh"),
];
