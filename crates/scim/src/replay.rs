//! Sends a stored SCIM request again, for an administrator: through the functions of the SCIM endpoints, with the rights of the
//! credential that it was sent with and never more than the administrator's own. A dry run does everything in a transaction that is
//! rolled back. The rules of what can be sent again are in [`vestibule_admin::trail::replay`].

use serde_json::{Map, Value};
use vestibule_admin::{
    Actor,
    trail::replay::{Effect, Replay, Replayed, Sent},
};
use vestibule_core::{
    ids::{GrantId, GroupId, UserId, WorkspaceId},
    sets::TokenKind,
};
use vestibule_scim_engine::{budget::Budget, patch, schema::ResourceKind};
use vestibule_store::{
    Conn, Database, Error, Tx,
    access::tokens,
    oauth::{clients, grants},
    observation,
    people::{groups, users},
    trail::{
        events::{self, Credential, Target, kinds::ScimRequestReplayed},
        requests::{self, Request},
    },
};
use vestibule_web::{READ_ONLY, observe::inspect::Note};

use crate::{
    bulk::{ready::Ready, request::Method},
    http::{
        auth::{Mode, Provisioner},
        endpoint,
        error::ScimError,
        etag::IfMatch,
    },
    users::custom_attributes,
};

/// Why a dry run ends: always, so that its transaction is rolled back.
enum DryEnd {
    Refused(ScimError),
    Would(Effect),
}

impl From<Error> for DryEnd {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<ScimError> for DryEnd {
    fn from(error: ScimError) -> Self {
        Self::Refused(error)
    }
}

/// Sends a request again, or says what that would do.
///
/// # Errors
/// [`Error::NotFound`] if it is not stored for this workspace.
pub fn run(database: &Database, replay: &Replay) -> Result<Replayed, Error> {
    let (stored, sent, provisioner) = match database.read(|conn| prepared(conn, replay))? {
        Ok(prepared) => prepared,
        Err(why) => return Ok(Replayed::Impossible(why)),
    };
    match carry_out(database, replay, (&stored, &sent), &provisioner) {
        Ok(effect) => Ok(Replayed::Done(effect)),
        Err(ScimError::Internal(error)) => Err(error),
        Err(ScimError::Busy(cause)) => Err(Error::Busy(cause)),
        Err(refusal) => Ok(Replayed::Refused(refusal.detail())),
    }
}

/// The stored request and who may make its changes today. The inner error says why it can't be sent again.
fn prepared(conn: &mut Conn, replay: &Replay) -> Result<Result<(Request, Sent, Provisioner), String>, Error> {
    let workspace_id = &replay.workspace.workspace_id;
    let stored = requests::find(conn, workspace_id, &replay.request_id)?.ok_or(Error::NotFound)?;
    let sent = match Sent::of(&stored)? {
        Ok(sent) => sent,
        Err(why) => return Ok(Err(why.to_owned())),
    };
    if replay.is_read_only {
        return Ok(Err(format!("For now, {READ_ONLY}.")));
    }
    if replay.workspace.suspended_at.is_some() {
        return Ok(Err("The workspace is suspended: nothing is changed in it.".to_owned()));
    }
    if observation::is_observed(conn, workspace_id)? {
        return Ok(Err(
            "The workspace is observed, and what is provisioned is kept as a plan. Apply or discard the plan first.".to_owned(),
        ));
    }
    let Some((credential, may_give_owner)) = credential(conn, workspace_id, &sent, &replay.actor)? else {
        return Ok(Err(
            "The credential that it was sent with was revoked, has expired, or may not change people and groups.".to_owned(),
        ));
    };
    let mut cause = replay.actor.cause.clone();
    cause.credential = Some(credential);
    let provisioner = Provisioner {
        workspace_id: workspace_id.clone(),
        mode: Mode::Real,
        cause,
        may_give_owner: may_give_owner && replay.actor.may_own(conn, workspace_id)?,
        base: String::new(),
        users: custom_attributes::schema(workspace_id, &replay.workspace.custom_attributes()?)?,
        park_members: replay.workspace.park_members,
        is_read_only: false,
        note: Note::begin(),
        now: replay.actor.now,
    };
    Ok(Ok((stored, sent, provisioner)))
}

/// The credential of a request as it is today, and whether it may give the role owner; none if it may change nothing any more. An access
/// token under a grant lives for an hour: the grant counts, because its client could get a new one.
fn credential(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    sent: &Sent,
    actor: &Actor,
) -> Result<Option<(Credential, bool)>, Error> {
    const WRITE: &str = "scim.write";
    if let Some(id) = &sent.grant_id {
        let found = grants::find(conn, workspace_id, &GrantId::from_stored(id))?;
        let live = found.filter(|grant| grant.ended_at.is_none() && tokens::holds(&grant.scope, WRITE));
        let Some(grant) = live else { return Ok(None) };
        let client = clients::find(conn, &grant.client_id)?;
        let name = client.map(|client| client.name).unwrap_or_default();
        return Ok(Some((Credential { kind: "grant", id: id.clone(), name }, grant.may_give_owner)));
    }
    let kind = if sent.is_provisioning { TokenKind::Provisioning } else { TokenKind::Access };
    let found = tokens::find_of_workspace(conn, workspace_id, kind, &sent.token_id)?;
    let is_live = |token: &tokens::Token| token.expires_at.is_none_or(|ends| ends > actor.now);
    Ok(found.filter(|token| is_live(token) && token.may(WRITE)).map(|token| {
        (Credential { kind: "token", id: token.token_id, name: token.name }, token.may_give_owner)
    }))
}

fn carry_out(
    database: &Database,
    replay: &Replay,
    (stored, sent): (&Request, &Sent),
    provisioner: &Provisioner,
) -> Result<Effect, ScimError> {
    let kind = if sent.is_group { ResourceKind::Group } else { ResourceKind::User };
    let method = Method::parse(&sent.method).ok_or(ScimError::MethodNotAllowed)?;
    let patch = match method {
        Method::Patch => Some(patch::Request::parse(&sent.body)?),
        _ => None,
    };
    let (budget, version) = (Budget::new(), sent.version.clone().map(IfMatch));
    let ready = Ready::of(provisioner, kind, method, &sent.body, patch.as_ref(), &budget)?;
    let of = (sent.id.as_str(), version.as_ref());
    if replay.is_dry {
        let ended = database.write(|conn| {
            ready.run(conn, provisioner, of, &budget)?;
            Err::<(), DryEnd>(DryEnd::Would(effect(conn, provisioner, sent)?.1))
        });
        return match ended {
            Err(DryEnd::Would(effect)) => Ok(effect),
            Err(DryEnd::Refused(refusal)) => Err(refusal),
            Ok(()) => Err(Error::NotFound.into()),
        };
    }
    let mut done = None;
    endpoint::transaction(database, provisioner, |conn| {
        let response = ready.run(conn, provisioner, of, &budget)?;
        let (target_id, effect) = effect(conn, provisioner, sent)?;
        let target = if sent.is_group { Target::Group(&target_id) } else { Target::User(&target_id) };
        let data = ScimRequestReplayed {
            replayed: &stored.request_id,
            method: &stored.method,
            reason: &stored.reason,
        };
        events::record(conn, &provisioner.workspace_id, &provisioner.cause, target, &data, provisioner.now)?;
        done = Some(effect);
        Ok(response)
    })?;
    done.ok_or_else(|| Error::NotFound.into())
}

/// What the request has changed in this transaction: the id of the person or group, and the words for it.
fn effect(conn: &mut Tx<'_>, provisioner: &Provisioner, sent: &Sent) -> Result<(String, Effect), ScimError> {
    let (workspace_id, changes) = (&provisioner.workspace_id, provisioner.note.changes());
    let found = changes.iter().find_map(|change| {
        let of = |verb: &'static str| Some((verb, change.get(verb)?.as_str()?.split_once('/')?.1, change));
        ["created", "changed", "deleted"].into_iter().find_map(of)
    });
    // A change of a group that changes nothing is not noted.
    let (verb, id, change) = found.unwrap_or(("changed", sent.id.as_str(), &Value::Null));
    let before = |name: &str| change.get("before")?.get(name)?.as_str().map(str::to_owned);
    let is_group = sent.is_group;
    let name = match (verb, is_group) {
        ("deleted", true) => before("display_name"),
        ("deleted", false) => before("userName"),
        (_, true) => {
            groups::names(conn, workspace_id, &[GroupId::from_stored(id)])?.pop().map(|(_, name)| name)
        }
        (_, false) => users::find(conn, workspace_id, &UserId::from_stored(id))?.map(|user| user.user_name),
    };
    let attributes = change.get("attributes").and_then(Value::as_object);
    let is_same = verb == "changed" && attributes.is_none_or(Map::is_empty);
    let active = attributes.and_then(|attributes| attributes.get("active")?.get("after"));
    let effect = Effect {
        verb: match (verb, is_group) {
            _ if is_same => "Changes nothing of",
            ("created", false) => "Creates the person",
            ("created", true) => "Creates the group",
            ("deleted", false) => "Deletes the person",
            ("deleted", true) => "Deletes the group",
            (_, false) => "Changes the person",
            (_, true) => "Changes the group",
        },
        name: name.unwrap_or_default(),
        ends_access: !is_group && (verb == "deleted" || active == Some(&Value::Bool(false))),
        changes: if is_same { Vec::new() } else { changes.clone() },
    };
    Ok((id.to_owned(), effect))
}
