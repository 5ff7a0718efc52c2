//! The decision itself, pure, so that it is a table to be read: from what is known of a person to who they are here.
//! Never by `email_verified`, never a second identity of one issuer on one user, never by a name whose domain the
//! workspace hasn't proved, never by an e-mail claim where the login name says somebody else or a role in the console
//! is at stake (design rule 9).

use vestibule_core::names::{Named, disallowed};
use vestibule_store::{
    people::users::{User, is_okta_user_id},
    providers::conflicts,
};

/// Everything that says who somebody is, as the store knows it.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The provider's name for them.
    pub subject: String,
    /// The user whom this identity (issuer, subject) signs in as.
    pub identity: Option<User>,
    /// The user whom the provider calls this by SCIM (`externalId`).
    pub provisioned: Option<Candidate>,
    /// The users whom their login name means, when it is an address under a verified domain.
    pub named: Vec<Candidate>,
    /// The users whom their e-mail claim means, when it is another address under a verified domain.
    pub mailed: Vec<Candidate>,
    /// Their login name, when it is an address under a verified domain.
    pub verified_login: Option<String>,
    /// Their e-mail claim, when it is another address under a verified domain.
    pub verified_email: Option<String>,
    /// Whether one of their names stands under a domain that isn't verified.
    pub unverified: bool,
    /// Whether there is a user of such a name.
    pub hidden: bool,
    /// Whether an administrator has undone a link of this identity.
    pub unlinked: bool,
    /// Whether unknown people are created.
    pub jit: bool,
}

/// A user who might be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub user: User,
    /// The subject of this issuer whom the user is linked to already.
    pub linked: Option<String>,
    /// Whether the user holds a role that opens the console (`roles::READERS`), from whatever source.
    pub console_role: bool,
    /// Whether the workspace changed its issuer and the user has a role in the console: only an owner or the operator links
    /// them, because whoever runs the new provider chooses what it says of whom.
    pub needs_owner: bool,
}

/// Who somebody is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Signs in as this user already.
    Known(User),
    /// This user, to be linked now; and by what they were recognised (`external_id`, `name`).
    ToLink(User, &'static str),
    /// Nobody yet, but may be created under this name.
    ToCreate(String),
    /// Only an administrator can say; the reason, and the user in question if it is one.
    Conflict(&'static str, Option<User>),
    /// Nobody.
    Nobody(Missing),
}

/// What is missing for somebody to be recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nobody has created them here.
    Provisioning,
    /// Their name's domain is not verified.
    VerifiedDomain,
}

/// Decides, in the order of design rule 9.
pub fn decide(mut evidence: Evidence) -> Found {
    if let Some(user) = evidence.identity {
        return Found::Known(user);
    }
    if evidence.unlinked {
        let mut candidates = evidence.provisioned.into_iter().chain(evidence.named).chain(evidence.mailed);
        return Found::Conflict(conflicts::UNLINKED, candidates.next().map(|candidate| candidate.user));
    }
    if let Some(candidate) = evidence.provisioned {
        return link(candidate, &evidence.subject, "external_id");
    }
    let by_email = evidence.verified_login.is_none();
    if !by_email {
        // The login name alone recognises: OpenID Connect Core §5.7 warns of e-mail addresses as identifiers.
        let is_named = |user: &User| evidence.named.iter().any(|named| named.user.user_id == user.user_id);
        if let Some(other) = evidence.mailed.into_iter().find(|mailed| !is_named(&mailed.user)) {
            return Found::Conflict(conflicts::EMAIL, Some(other.user));
        }
        evidence.mailed = Vec::new();
    }
    let mut candidates = if by_email { evidence.mailed } else { evidence.named }.into_iter();
    match (candidates.next(), candidates.next()) {
        (Some(candidate), None) if by_email && candidate.console_role => {
            return Found::Conflict(conflicts::EMAIL, Some(candidate.user));
        }
        (Some(candidate), None) => return link(candidate, &evidence.subject, "name"),
        // A further user would not make it clearer who this is.
        (Some(_), Some(_)) => return Found::Conflict(conflicts::SHARED, None),
        (None, _) => {}
    }
    match evidence.verified_login.or(evidence.verified_email) {
        // Whoever runs the provider names the e-mail address, so people are made only under a proven domain.
        // RFC 7644 §5: nobody is made under a name with characters that nobody sees.
        Some(name) if evidence.jit && disallowed(&name, Named::User).is_none() => Found::ToCreate(name),
        None if evidence.jit && evidence.unverified => Found::Nobody(Missing::VerifiedDomain),
        _ if evidence.hidden => Found::Nobody(Missing::VerifiedDomain),
        _ => Found::Nobody(Missing::Provisioning),
    }
}

/// Only a user that is nobody else's at this issuer: no identity of it, no other Okta user id as `externalId`.
fn link(Candidate { user, linked, needs_owner, .. }: Candidate, subject: &str, how: &'static str) -> Found {
    match linked {
        // Nobody had this identity a moment ago: another sign-in of the same person has linked it since.
        Some(linked) if linked == subject => Found::Known(user),
        Some(_) => Found::Conflict(conflicts::NAMED, Some(user)),
        None if is_another_okta_user(&user, subject) => Found::Conflict(conflicts::NAMED, Some(user)),
        None if needs_owner => Found::Conflict(conflicts::ISSUER_CHANGED, Some(user)),
        None => Found::ToLink(user, how),
    }
}

/// What else than Okta's ids SCIM calls people says nothing here.
fn is_another_okta_user(user: &User, subject: &str) -> bool {
    user.external_id.as_deref().is_some_and(|id| id != subject && is_okta_user_id(id))
}

#[cfg(test)]
mod tests {
    use vestibule_core::sets::UserSource;

    use super::*;

    const ADA: &str = "00uada00000000000001";
    const EVE: &str = "00ueve00000000000002";

    fn user(name: &str, external_id: Option<&str>) -> User {
        let mut user = User::new("w", name, UserSource::Scim, 0);
        user.user_id = name.to_owned();
        user.external_id = external_id.map(str::to_owned);
        user
    }

    fn candidate(name: &str, external_id: Option<&str>, linked: Option<&str>) -> Candidate {
        Candidate {
            user: user(name, external_id),
            linked: linked.map(str::to_owned),
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

    fn told(found: Found) -> String {
        match found {
            Found::Known(user) => format!("known {}", user.user_name),
            Found::ToLink(user, how) => format!("link {} by {how}", user.user_name),
            Found::ToCreate(name) => format!("create {name}"),
            Found::Conflict(reason, user) => {
                format!("conflict {reason} {}", user.map_or_else(|| "-".to_owned(), |user| user.user_name))
            }
            Found::Nobody(missing) => format!("nobody {missing:?}"),
        }
    }

    #[test]
    fn who_somebody_is_follows_from_the_evidence_in_this_order() {
        let nothing = Evidence { subject: ADA.to_owned(), ..Evidence::default() };
        let named = |named: &[Candidate]| Evidence {
            named: named.to_vec(),
            verified_login: Some("ada@acme.example".to_owned()),
            ..nothing.clone()
        };
        // The e-mail claim beside it, or alone.
        let mailed = |mailed: &[Candidate], evidence: Evidence| Evidence {
            mailed: mailed.to_vec(),
            verified_email: Some("other@acme.example".to_owned()),
            ..evidence
        };
        let jit = |evidence: Evidence| Evidence { jit: true, ..evidence };
        let cases = [
            // A known identity is who it is, whatever the names say by now, and after an undone link too.
            (
                Evidence {
                    identity: Some(user("ada", None)),
                    unlinked: true,
                    ..named(&[candidate("eve", None, None)])
                },
                "known ada",
            ),
            // What SCIM calls this subject comes before any name.
            (
                Evidence {
                    provisioned: Some(candidate("ada", Some(ADA), None)),
                    ..named(&[candidate("eve", None, None)])
                },
                "link ada by external_id",
            ),
            (
                Evidence { provisioned: Some(candidate("ada", Some(ADA), Some(EVE))), ..nothing.clone() },
                "conflict named ada",
            ),
            (
                Evidence { provisioned: Some(candidate("ada", Some(ADA), Some(ADA))), ..nothing.clone() },
                "known ada",
            ),
            // A name under a verified domain, once, and nobody else's.
            (named(&[candidate("ada", None, None)]), "link ada by name"),
            (named(&[candidate("ada", Some("4711"), None)]), "link ada by name"),
            (named(&[candidate("ada", Some(EVE), None)]), "conflict named ada"),
            (named(&[candidate("ada", None, Some(EVE))]), "conflict named ada"),
            (jit(named(&[candidate("ada", None, Some(EVE))])), "conflict named ada"),
            (named(&[candidate("ada", None, None), candidate("eve", None, None)]), "conflict shared -"),
            (jit(named(&[candidate("ada", None, None), candidate("eve", None, None)])), "conflict shared -"),
            // The login name alone recognises; an e-mail claim that names somebody else is a conflict, whatever they hold.
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
            // Without such a login name the e-mail claim recognises, but nobody who holds a role in the console.
            (mailed(&[candidate("eve", None, None)], nothing.clone()), "link eve by name"),
            (mailed(&[reader("eve")], nothing.clone()), "conflict email eve"),
            (jit(mailed(&[reader("eve")], nothing.clone())), "conflict email eve"),
            (mailed(&[candidate("eve", None, Some(ADA))], nothing.clone()), "known eve"),
            (mailed(&[candidate("ada", None, None), reader("eve")], nothing.clone()), "conflict shared -"),
            (
                Evidence { unverified: true, ..mailed(&[reader("eve")], nothing.clone()) },
                "conflict email eve",
            ),
            (jit(mailed(&[], nothing.clone())), "create other@acme.example"),
            // What SCIM calls this subject, and an identity, are not doubted by an e-mail claim.
            (
                Evidence {
                    provisioned: Some(candidate("ada", Some(ADA), None)),
                    ..mailed(&[reader("eve")], named(&[]))
                },
                "link ada by external_id",
            ),
            // After another issuer, whoever has a role in the console is linked by nothing that the provider says.
            (named(&[of_the_console(candidate("ada", None, None))]), "conflict issuer_changed ada"),
            (
                Evidence {
                    provisioned: Some(of_the_console(candidate("ada", Some(ADA), None))),
                    ..nothing.clone()
                },
                "conflict issuer_changed ada",
            ),
            (
                Evidence {
                    identity: Some(user("ada", None)),
                    ..named(&[of_the_console(candidate("ada", None, None))])
                },
                "known ada",
            ),
            // What an administrator undid is not done again, by no way.
            (Evidence { unlinked: true, ..named(&[candidate("ada", None, None)]) }, "conflict unlinked ada"),
            (
                Evidence {
                    unlinked: true,
                    provisioned: Some(candidate("ada", Some(ADA), None)),
                    ..nothing.clone()
                },
                "conflict unlinked ada",
            ),
            (Evidence { unlinked: true, ..jit(named(&[])) }, "conflict unlinked -"),
            // Nobody: created when that is on and the domain is the workspace's own.
            (named(&[]), "nobody Provisioning"),
            (jit(named(&[])), "create ada@acme.example"),
            (jit(nothing.clone()), "nobody Provisioning"),
            (jit(Evidence { unverified: true, ..nothing.clone() }), "nobody VerifiedDomain"),
            (Evidence { unverified: true, ..nothing.clone() }, "nobody Provisioning"),
            (Evidence { unverified: true, hidden: true, ..nothing.clone() }, "nobody VerifiedDomain"),
            (jit(Evidence { unverified: true, hidden: true, ..nothing.clone() }), "nobody VerifiedDomain"),
            (nothing.clone(), "nobody Provisioning"),
        ];
        for (evidence, expected) in cases {
            assert_eq!(told(decide(evidence.clone())), expected, "{evidence:#?}");
        }
    }
}
