//! The decision which user a person is, from the evidence alone (design rule 9). Pure, tested by a table.
//!
//! Never matches by `email_verified`. Never links a second identity of one issuer to a user. Never matches by a name whose domain the
//! workspace has not verified, nor by an email claim if the login name means another user or the user has a role in the console.

use vestibule_core::{
    fold::letter_case,
    names::{Named, disallowed},
    sets::ConflictReason,
};
use vestibule_store::people::users::{User, is_okta_user_id};

/// Everything in the store that can identify the person.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// `sub` of the ID token, or the NameID.
    pub subject: String,
    /// What the provider sends as the `externalId` of the user; `None`: nothing.
    pub external_id: Option<String>,
    /// User that this identity (issuer, subject) is linked to.
    pub identity: Option<User>,
    /// User whom SCIM provisioned with the value that the provider sends as [`Claims::scim_key`](crate::Claims::scim_key).
    pub by_scim_key: Option<Candidate>,
    /// Whether several users have the value of the UID attribute, so that it names none of them.
    pub shared_uid: bool,
    /// Users with the login name, if it is an address under a verified domain.
    pub by_login_name: Vec<Candidate>,
    /// Users with the email claim, if it is another address under a verified domain.
    pub by_email: Vec<Candidate>,
    /// Login name, if it is an address under a verified domain.
    pub verified_login: Option<String>,
    /// Email claim, if it is another address under a verified domain.
    pub verified_email: Option<String>,
    /// Whether the login name or the email claim is under an unverified domain.
    pub unverified_name: bool,
    /// Whether a user has such a name under an unverified domain.
    pub unverified_user: bool,
    /// Whether an administrator has removed the link of this identity.
    pub unlinked: bool,
    /// Whether just-in-time provisioning is on.
    pub jit: bool,
}

/// User whom the person may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The user.
    pub user: User,
    /// Subject of this issuer that the user is linked to.
    pub linked_subject: Option<String>,
    /// Whether the user has a role that opens the console (`roles::READERS`), from any source.
    pub console_role: bool,
    /// Whether the workspace changed its issuer and the user has a role in the console. Then only an owner or the operator may link
    /// the user, because the administrators of the new provider choose its claims.
    pub needs_owner: bool,
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The identity is linked to this user.
    Linked(User),
    /// The identity is to be linked to this user, matched by `external_id`, `uid` or `name`.
    ToLink(User, &'static str),
    /// A user of this name is to be created.
    ToCreate(String),
    /// An administrator must decide; the reason, and the user if there is exactly one.
    Conflict(ConflictReason, Option<User>),
    /// No user matches, and none may be created.
    Nobody(Missing),
}

/// Why no user matches and none is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// No user was created for the person.
    Provisioning,
    /// The domain of the person's name is not verified.
    VerifiedDomain,
}

/// Decides in the order of design rule 9.
pub fn decide(mut evidence: Evidence) -> Found {
    if let Some(user) = evidence.identity {
        return Found::Linked(user);
    }
    if evidence.unlinked {
        let mut candidates =
            evidence.by_scim_key.into_iter().chain(evidence.by_login_name).chain(evidence.by_email);
        return Found::Conflict(ConflictReason::Unlinked, candidates.next().map(|candidate| candidate.user));
    }
    if evidence.shared_uid {
        return Found::Conflict(ConflictReason::Uid, None);
    }
    if let Some(candidate) = evidence.by_scim_key {
        let how = if evidence.external_id.is_some() { "external_id" } else { "uid" };
        return link(candidate, &evidence.subject, evidence.external_id.as_deref(), how);
    }
    let uses_email = evidence.verified_login.is_none();
    if !uses_email {
        // The login name alone matches: OpenID Connect Core §5.7 warns of email addresses as identifiers.
        let has_login_name = |user: &User| {
            evidence.by_login_name.iter().any(|candidate| candidate.user.user_id == user.user_id)
        };
        let other = evidence.by_email.into_iter().find(|candidate| !has_login_name(&candidate.user));
        if let Some(other) = other {
            return Found::Conflict(ConflictReason::Email, Some(other.user));
        }
        evidence.by_email = Vec::new();
    }
    let mut candidates = if uses_email { evidence.by_email } else { evidence.by_login_name }.into_iter();
    match (candidates.next(), candidates.next()) {
        (Some(candidate), None) if uses_email && candidate.console_role => {
            return Found::Conflict(ConflictReason::Email, Some(candidate.user));
        }
        (Some(candidate), None) => {
            return link(candidate, &evidence.subject, evidence.external_id.as_deref(), "name");
        }
        (Some(_), Some(_)) => return Found::Conflict(ConflictReason::Shared, None),
        (None, _) => {}
    }
    match evidence.verified_login.or(evidence.verified_email) {
        // The provider chooses the address, so users are created only under a verified domain, and never with invisible
        // characters in the name (RFC 7644 §5).
        Some(name) if evidence.jit && disallowed(&name, Named::User).is_none() => Found::ToCreate(name),
        None if evidence.jit && evidence.unverified_name => Found::Nobody(Missing::VerifiedDomain),
        _ if evidence.unverified_user => Found::Nobody(Missing::VerifiedDomain),
        _ => Found::Nobody(Missing::Provisioning),
    }
}

/// Links only a user without another identity of this issuer, and without another Okta user id as `externalId`.
fn link(candidate: Candidate, subject: &str, external_id: Option<&str>, how: &'static str) -> Found {
    let Candidate { user, linked_subject, needs_owner, .. } = candidate;
    match linked_subject {
        // A concurrent sign-in of the same person has linked the identity.
        Some(linked) if linked == subject => Found::Linked(user),
        // Subjects are compared letter by letter (OpenID Connect Core §2, SAML Core §8.3): the provider may have another person whose
        // subject has that spelling.
        Some(linked) if letter_case(&linked) == letter_case(subject) => {
            Found::Conflict(ConflictReason::Spelling, Some(user))
        }
        Some(_) => Found::Conflict(ConflictReason::Named, Some(user)),
        None if is_another_okta_user(&user, external_id) => {
            Found::Conflict(ConflictReason::Named, Some(user))
        }
        None if needs_owner => Found::Conflict(ConflictReason::IssuerChanged, Some(user)),
        None => Found::ToLink(user, how),
    }
}

/// Whether the provider names another Okta user than SCIM did. A stored `externalId` that is no Okta user id says nothing about the
/// person at Okta, and a provider that sends no id contradicts nothing.
fn is_another_okta_user(user: &User, external_id: Option<&str>) -> bool {
    let (Some(stored), Some(sent)) = (user.external_id.as_deref(), external_id) else { return false };
    stored != sent && is_okta_user_id(stored)
}

#[cfg(test)]
mod tests {
    use vestibule_core::{
        ids::{UserId, WorkspaceId},
        sets::UserSource,
    };

    use super::*;

    const ADA: &str = "00uada00000000000001";
    const EVE: &str = "00ueve00000000000002";

    fn user(name: &str, external_id: Option<&str>) -> User {
        let mut user = User::new(&WorkspaceId::from_stored("w"), name, UserSource::Scim, 0);
        user.user_id = UserId::from_stored(name);
        user.external_id = external_id.map(str::to_owned);
        user
    }

    fn candidate(name: &str, external_id: Option<&str>, linked: Option<&str>) -> Candidate {
        Candidate {
            user: user(name, external_id),
            linked_subject: linked.map(str::to_owned),
            console_role: false,
            needs_owner: false,
        }
    }

    fn reader(name: &str) -> Candidate {
        Candidate { console_role: true, ..candidate(name, None, None) }
    }

    fn of_the_console(candidate: Candidate) -> Candidate {
        Candidate { console_role: true, needs_owner: true, ..candidate }
    }

    fn summary(found: Found) -> String {
        match found {
            Found::Linked(user) => format!("linked {}", user.user_name),
            Found::ToLink(user, how) => format!("link {} by {how}", user.user_name),
            Found::ToCreate(name) => format!("create {name}"),
            Found::Conflict(reason, user) => {
                format!("conflict {reason} {}", user.map_or_else(|| "-".to_owned(), |user| user.user_name))
            }
            Found::Nobody(missing) => format!("nobody {missing:?}"),
        }
    }

    #[test]
    fn decisions_follow_the_order_of_design_rule_9() {
        let nothing =
            Evidence { subject: ADA.to_owned(), external_id: Some(ADA.to_owned()), ..Evidence::default() };
        let named = |named: &[Candidate]| Evidence {
            by_login_name: named.to_vec(),
            verified_login: Some("ada@acme.example".to_owned()),
            ..nothing.clone()
        };
        // With the email claim, which may be the only name.
        let mailed = |mailed: &[Candidate], evidence: Evidence| Evidence {
            by_email: mailed.to_vec(),
            verified_email: Some("other@acme.example".to_owned()),
            ..evidence
        };
        let jit = |evidence: Evidence| Evidence { jit: true, ..evidence };
        let cases = [
            // A linked identity decides, whatever the names are now, and also after a removed link.
            (
                Evidence {
                    identity: Some(user("ada", None)),
                    unlinked: true,
                    ..named(&[candidate("eve", None, None)])
                },
                "linked ada",
            ),
            // The `externalId` comes before any name.
            (
                Evidence {
                    by_scim_key: Some(candidate("ada", Some(ADA), None)),
                    ..named(&[candidate("eve", None, None)])
                },
                "link ada by external_id",
            ),
            (
                Evidence { by_scim_key: Some(candidate("ada", Some(ADA), Some(EVE))), ..nothing.clone() },
                "conflict named ada",
            ),
            (
                Evidence { by_scim_key: Some(candidate("ada", Some(ADA), Some(ADA))), ..nothing.clone() },
                "linked ada",
            ),
            // A value that several users have names none of them, whatever the names say.
            (Evidence { shared_uid: true, ..jit(named(&[candidate("ada", None, None)])) }, "conflict uid -"),
            // The same subject in another spelling is another subject.
            (named(&[candidate("ada", None, Some("00UADA00000000000001"))]), "conflict spelling ada"),
            // A name under a verified domain matches one user without another identity.
            (named(&[candidate("ada", None, None)]), "link ada by name"),
            (named(&[candidate("ada", Some("4711"), None)]), "link ada by name"),
            (named(&[candidate("ada", Some(EVE), None)]), "conflict named ada"),
            (named(&[candidate("ada", None, Some(EVE))]), "conflict named ada"),
            (jit(named(&[candidate("ada", None, Some(EVE))])), "conflict named ada"),
            (named(&[candidate("ada", None, None), candidate("eve", None, None)]), "conflict shared -"),
            (jit(named(&[candidate("ada", None, None), candidate("eve", None, None)])), "conflict shared -"),
            // The login name alone matches; an email claim of another user is a conflict, whatever roles they have.
            (named(&[reader("ada")]), "link ada by name"),
            (mailed(&[], named(&[candidate("ada", None, None)])), "link ada by name"),
            (mailed(&[reader("ada")], named(&[reader("ada")])), "link ada by name"),
            (
                mailed(&[candidate("eve", None, None)], named(&[candidate("ada", None, None)])),
                "conflict email eve",
            ),
            (mailed(&[reader("eve")], named(&[candidate("ada", None, None)])), "conflict email eve"),
            (
                mailed(
                    &[candidate("ada", None, None), candidate("eve", None, None)],
                    named(&[candidate("ada", None, None)]),
                ),
                "conflict email eve",
            ),
            (mailed(&[candidate("eve", None, None)], named(&[])), "conflict email eve"),
            (mailed(&[reader("eve")], named(&[])), "conflict email eve"),
            (jit(mailed(&[candidate("eve", None, None)], named(&[]))), "conflict email eve"),
            (jit(mailed(&[], named(&[]))), "create ada@acme.example"),
            (
                jit(Evidence { verified_login: Some("a\u{200b}da@acme.example".to_owned()), ..named(&[]) }),
                "nobody Provisioning",
            ),
            // Without such a login name the email claim matches, but no user with a role in the console.
            (mailed(&[candidate("eve", None, None)], nothing.clone()), "link eve by name"),
            (mailed(&[reader("eve")], nothing.clone()), "conflict email eve"),
            (jit(mailed(&[reader("eve")], nothing.clone())), "conflict email eve"),
            (mailed(&[candidate("eve", None, Some(ADA))], nothing.clone()), "linked eve"),
            (mailed(&[candidate("ada", None, None), reader("eve")], nothing.clone()), "conflict shared -"),
            (
                Evidence { unverified_name: true, ..mailed(&[reader("eve")], nothing.clone()) },
                "conflict email eve",
            ),
            (jit(mailed(&[], nothing.clone())), "create other@acme.example"),
            // An email claim does not contradict an `externalId`.
            (
                Evidence {
                    by_scim_key: Some(candidate("ada", Some(ADA), None)),
                    ..mailed(&[reader("eve")], named(&[]))
                },
                "link ada by external_id",
            ),
            // After a change of the issuer, no claim links a user with a role in the console.
            (named(&[of_the_console(candidate("ada", None, None))]), "conflict issuer_changed ada"),
            (
                Evidence {
                    by_scim_key: Some(of_the_console(candidate("ada", Some(ADA), None))),
                    ..nothing.clone()
                },
                "conflict issuer_changed ada",
            ),
            (
                Evidence {
                    identity: Some(user("ada", None)),
                    ..named(&[of_the_console(candidate("ada", None, None))])
                },
                "linked ada",
            ),
            // A SAML provider that sends no UID does not contradict the `externalId`.
            (
                Evidence { external_id: None, ..named(&[candidate("ada", Some(EVE), None)]) },
                "link ada by name",
            ),
            // A link that an administrator removed is not made again.
            (Evidence { unlinked: true, ..named(&[candidate("ada", None, None)]) }, "conflict unlinked ada"),
            (
                Evidence {
                    unlinked: true,
                    by_scim_key: Some(candidate("ada", Some(ADA), None)),
                    ..nothing.clone()
                },
                "conflict unlinked ada",
            ),
            (Evidence { unlinked: true, ..jit(named(&[])) }, "conflict unlinked -"),
            // No user: created if just-in-time provisioning is on and the domain is verified.
            (named(&[]), "nobody Provisioning"),
            (jit(named(&[])), "create ada@acme.example"),
            (jit(nothing.clone()), "nobody Provisioning"),
            (jit(Evidence { unverified_name: true, ..nothing.clone() }), "nobody VerifiedDomain"),
            (Evidence { unverified_name: true, ..nothing.clone() }, "nobody Provisioning"),
            (
                Evidence { unverified_name: true, unverified_user: true, ..nothing.clone() },
                "nobody VerifiedDomain",
            ),
            (
                jit(Evidence { unverified_name: true, unverified_user: true, ..nothing.clone() }),
                "nobody VerifiedDomain",
            ),
            (nothing.clone(), "nobody Provisioning"),
        ];
        for (evidence, expected) in cases {
            assert_eq!(summary(decide(evidence.clone())), expected, "{evidence:#?}");
        }
    }
}
