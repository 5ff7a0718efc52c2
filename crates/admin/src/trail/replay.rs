//! Sending a refused SCIM request again: what the request inspector stores of it, why it can't be sent again, and what a replay answers.
//! The crate `scim` runs a replay and the console asks for it; the server brings them together with [`Replayer`]. Nothing is stored for
//! it: a body of which a part was left out can't be sent again.

use serde_json::{Map, Value, json};
use vestibule_core::sets::Door;
use vestibule_store::{Database, Error, trail::requests::Request, workspaces::Workspace};
use vestibule_web::observe::inspect::redact;

use crate::Actor;

/// The schema of a PATCH (RFC 7644 §3.5.2).
const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A request to send a stored request again.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The workspace, as the administrator's session read it.
    pub workspace: Workspace,
    /// Id of the stored request.
    pub request_id: String,
    /// The administrator.
    pub actor: Actor,
    /// Whether the service refuses changes.
    pub is_read_only: bool,
    /// Whether it is a dry run: everything is done in a transaction that is rolled back.
    pub is_dry: bool,
}

/// What became of a replay.
#[derive(Debug, Clone, PartialEq)]
pub enum Replayed {
    /// It can't be sent again: the sentence.
    Impossible(String),
    /// It was refused again: the sentence. Nothing changed.
    Refused(String),
    /// It was carried out; in a dry run: it would be.
    Done(Effect),
}

/// What a replay changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// What happens, and to what: `Creates the person`.
    pub verb: &'static str,
    /// The name of the person or group.
    pub name: String,
    /// Whether all access of the person ends.
    pub ends_access: bool,
    /// The changes, as the request inspector notes them.
    pub changes: Vec<Value>,
}

/// Runs a replay. Errors: [`Error::NotFound`] if no request with this id is stored.
#[derive(Clone, Copy)]
pub struct Replayer(pub fn(&Database, &Replay) -> Result<Replayed, Error>);

/// A stored request that can be sent again.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// Whether it is about a group, otherwise about a person.
    pub is_group: bool,
    /// The id in the path; empty for a new resource.
    pub id: String,
    /// The body; null for a DELETE.
    pub body: Value,
    /// Its `If-Match`.
    pub version: Option<String>,
    /// Id of the token that it was sent with.
    pub token_id: String,
    /// Id of the grant of that token, if it has one.
    pub grant_id: Option<String>,
    /// Whether the token is a provisioning token.
    pub is_provisioning: bool,
}

impl Sent {
    /// Reads a stored request. The inner error says why it can't be sent again.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn of(request: &Request) -> Result<Result<Self, &'static str>, Error> {
        let understood = request.understood()?;
        Ok(Self::read(request, &understood))
    }

    fn read(request: &Request, understood: &Map<String, Value>) -> Result<Self, &'static str> {
        if request.door != Door::Scim {
            return Err(
                "Only a SCIM request can be sent again: every other one needs the browser or the system that sent it.",
            );
        }
        if !request.is_refused() {
            return Err("It was not refused: what it asked for was done.");
        }
        if !request.proven {
            return Err("Its sender had no valid credential of this workspace.");
        }
        let path = request.path.split('?').next().unwrap_or_default();
        let base = format!("/api/scim/v2/{}/", request.workspace_id);
        let rest: Vec<&str> = path.strip_prefix(&base).unwrap_or_default().split('/').collect();
        if request.method == "GET" || rest.last() == Some(&".search") {
            return Err("It only reads, so sending it again would change nothing.");
        }
        let (kind, id) = match (rest.as_slice(), request.method.as_str()) {
            (["Bulk"], _) => return Err("Of a request with many operations, only the results are stored."),
            ([kind @ ("Users" | "Groups")], "POST") => (*kind, ""),
            ([kind @ ("Users" | "Groups"), id], "PUT" | "PATCH" | "DELETE") => (*kind, *id),
            _ => return Err("It is no change of a person or a group."),
        };
        let body = match request.method.as_str() {
            "DELETE" => Value::Null,
            method => body(method, understood)?,
        };
        let version = understood.get("if_match");
        if !redact::is_whole(&body) || !version.is_none_or(redact::is_whole) {
            return Err(
                "A part of it was left out when it was stored, because it may be secret or is long. Only the provider has all of it: \
                 push it again there.",
            );
        }
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let token = understood.get("token").unwrap_or(&Value::Null);
        let token_id = text(token, "id").ok_or("The credential that it was sent with is not stored.")?;
        Ok(Self {
            method: request.method.clone(),
            is_group: kind == "Groups",
            id: id.to_owned(),
            body,
            version: version.and_then(Value::as_str).map(str::to_owned),
            token_id,
            grant_id: text(token, "grant"),
            is_provisioning: text(token, "kind").as_deref() == Some("provisioning token"),
        })
    }
}

/// The body, from what was understood of it.
fn body(method: &str, understood: &Map<String, Value>) -> Result<Value, &'static str> {
    match (understood.get("operations"), understood.get("document")) {
        (Some(operations), _) if method == "PATCH" => {
            Ok(json!({ "schemas": [PATCH_URN], "Operations": operations }))
        }
        (_, Some(document)) => Ok(document.clone()),
        _ => {
            Err("Its body is not stored: it was refused before the body was read, or the body was not JSON.")
        }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::ids::WorkspaceId;
    use vestibule_store::db::json::Json;

    use super::*;

    fn request(method: &str, rest: &str, understood: Value) -> Request {
        let workspace_id = WorkspaceId::new(1);
        let mut members = json!({ "token": { "id": "t", "kind": "provisioning token", "name": "okta" } });
        members.as_object_mut().unwrap().extend(understood.as_object().unwrap().clone());
        Request {
            path: format!("/api/scim/v2/{workspace_id}/{rest}"),
            workspace_id,
            at: 1,
            request_id: "r".to_owned(),
            proven: true,
            door: Door::Scim,
            method: method.to_owned(),
            status: 409,
            micros: 1,
            reason: "uniqueness".to_owned(),
            detail: String::new(),
            advice: String::new(),
            understood: Json::from_text(members.to_string()),
            changed: Json::from_text("[]".to_owned()),
        }
    }

    fn refused(request: &Request) -> &'static str {
        Sent::of(request).unwrap().unwrap_err()
    }

    #[test]
    fn what_is_stored_in_full_can_be_sent_again() {
        let sent = |request: &Request| Sent::of(request).unwrap().unwrap();
        let document = json!({ "document": { "userName": "ada" } });
        let created = sent(&request("POST", "Users?attributes=id", document.clone()));
        assert_eq!(
            (created.id.as_str(), created.body, created.is_group),
            ("", document["document"].clone(), false)
        );
        assert!(created.is_provisioning && created.grant_id.is_none());
        let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
        let mut understood = json!({ "operations": operations, "if_match": "W/\"3\"" });
        let patched = sent(&request("PATCH", "Groups/x", understood.clone()));
        assert_eq!((patched.id.as_str(), patched.is_group), ("x", true));
        assert_eq!(patched.version.as_deref(), Some("W/\"3\""));
        assert_eq!(patched.body, json!({ "schemas": [PATCH_URN], "Operations": operations }));
        understood["if_match"] = "W/\"3…".into();
        assert!(refused(&request("PATCH", "Groups/x", understood)).contains("left out"));
        assert_eq!(sent(&request("DELETE", "Users/x", json!({}))).body, Value::Null);
    }

    #[test]
    fn what_cannot_be_sent_again_says_why() {
        let document = json!({ "document": { "userName": "ada" } });
        let good = request("POST", "Users", document.clone());
        for (request, words) in [
            (Request { door: Door::SignIn, ..good.clone() }, "Only a SCIM request"),
            (Request { reason: String::new(), ..good.clone() }, "not refused"),
            (Request { proven: false, ..good }, "no valid credential"),
            (request("GET", "Users?filter=x", json!({})), "only reads"),
            (request("POST", "Users/.search", json!({})), "only reads"),
            (request("POST", "Bulk", json!({})), "many operations"),
            (request("POST", "Me", document.clone()), "no change of a person"),
            (request("PATCH", "Users", document), "no change of a person"),
            (request("POST", "Users", json!({})), "body is not stored"),
            (
                request("POST", "Users", json!({ "document": { "userName": "a", "password": "…" } })),
                "left out",
            ),
            (request("POST", "Users", json!({ "document": "(cut)" })), "left out"),
            (request("POST", "Users", json!({ "document": {}, "token": null })), "credential"),
        ] {
            assert!(refused(&request).contains(words), "{words}: {}", refused(&request));
        }
    }
}
