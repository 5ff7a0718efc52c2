//! Text of the page for a person whom the provider let through and the workspace doesn't.

use actix_web::http::StatusCode;
use vestibule_core::{providers::Provider, sets::ProviderKind};
use vestibule_web::pages::Refused;

use crate::person::Reason;

/// Text for a reason, in the terms of the provider.
pub(super) fn text(provider: &Provider, reason: Reason) -> Refused {
    let (name, label) = (provider.name, provider.label);
    let account = provider.account();
    let refuse = |title: &str, happened: String| Refused::new(StatusCode::FORBIDDEN, title, happened);
    match reason {
        Reason::NotProvisioned => refuse(
            "You are not provisioned here yet",
            format!("{label} signed you in, but you have no user in this workspace."),
        )
        .advise(match provider.kind {
            ProviderKind::Okta => {
                "Ask your Okta administrator to provision you: in Okta, assign you to the app with provisioning on.".to_owned()
            }
            _ => format!("Ask your administrator of {name} to provision you."),
        })
        .advise("Or an administrator of the workspace can turn on Just-in-time provisioning."),
        Reason::DomainNotVerified => refuse(
            "Your email domain is not verified here",
            "People are recognized by name only under domains that the workspace has verified, and yours is not one of them.".to_owned(),
        )
        .advise("Ask an administrator of the workspace to have your email domain verified.")
        .advise(match provider.kind {
            ProviderKind::Okta => {
                "Or have Okta provision you, so that you are recognized by your Okta user id.".to_owned()
            }
            _ => format!("Or have {name} provision you over SCIM, so that you are recognized by your id there."),
        }),
        Reason::Conflict => refuse(
            "Your name belongs to somebody else here",
            format!("The user of your name in this workspace is linked to another {account}, several users share your address, or only your email address identifies you, which is not enough. This service never merges people by itself."),
        )
        .advise(format!("Ask an administrator of the workspace to settle which {account} this is.")),
        Reason::Unlinked => refuse(
            "An administrator has to let you in",
            format!("An administrator has unlinked your {account} from its user in this workspace."),
        )
        .advise("Ask an administrator of the workspace to settle who you are here: its page Who is this? lists you."),
        Reason::SharedUid | Reason::OtherSpelling => refuse(
            "An administrator has to let you in",
            "What your identity provider sends about you does not identify one user of this workspace.".to_owned(),
        )
        .advise("Ask an administrator of the workspace to settle who you are here: its page Who is this? lists you."),
        Reason::IssuerChanged => refuse(
            "An owner has to let you in",
            "This workspace has changed its identity provider, and you have a role in its console; such people are not recognized by name at another provider.".to_owned(),
        )
        .advise("Ask an owner of the workspace to say who you are: its page Who is this? lists you.")
        .advise("If no owner can sign in, the operator can link you with vestibule identity link."),
        Reason::Deactivated => {
            refuse("You are deactivated here", "Your access to this workspace has ended.".to_owned()).advise(
                match provider.kind {
                    ProviderKind::Okta => {
                        "If that is a mistake, ask your Okta administrator to assign you to the app again.".to_owned()
                    }
                    _ => format!("If that is a mistake, ask your administrator of {name} to assign you to the app again."),
                },
            )
        }
        Reason::NotFresh => refuse(
            &format!("You have to sign in to {name} again"),
            format!("All your access was ended, and {name} has not asked you to authenticate since."),
        )
        .advise(format!("Sign out of {name}, then start again.")),
    }
}
