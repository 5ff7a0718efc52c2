//! Groups: create, rename, delete. Members are in `membership`.

use rstest::rstest;
use serde_json::{Value, json};

use super::{GROUP, done, group, members, patch, person, refused, replace, size, text, trail};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House,
    },
};

#[rstest]
#[actix_web::test]
async fn a_group_is_created_with_members_or_not_at_all(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (ada, grace) = (room.user("ada@acme.example").await, room.user("grace@acme.example").await);
    let body = json!({
        "schemas": [GROUP],
        "displayName": "Engineering",
        "externalId": "00g1",
        "members": [
            { "value": ada, "display": "whatever" },
            { "value": grace.to_uppercase(), "type": "User" },
            { "value": ada },
        ],
    });
    let created = done(&room, "POST", "/Groups", Some(body.clone())).await;
    let id = text(&created["id"]);
    assert_eq!((&created["displayName"], &created["externalId"]), (&json!("Engineering"), &json!("00g1")));
    let listed = created["members"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["value"], json!(ada));
    assert_eq!(listed[0].get("display"), None, "the names of members are shown when they are asked for");
    assert_eq!(listed[0]["$ref"], json!(format!("{}/Users/{ada}", room.scim)));
    assert_eq!(done(&room, "GET", &format!("/Groups/{id}"), None).await, created);
    for (asked, shown) in [
        (
            "attributes=members.display",
            json!([{ "display": "ada@acme.example" }, { "display": "grace@acme.example" }]),
        ),
        (
            "attributes=members.value,members.display",
            json!([
                { "value": ada, "display": "ada@acme.example" }, { "value": grace, "display": "grace@acme.example" }
            ]),
        ),
        ("attributes=members.value", json!([{ "value": ada }, { "value": grace }])),
        ("excludedAttributes=members.$ref,members.type", json!([{ "value": ada }, { "value": grace }])),
    ] {
        assert_eq!(
            done(&room, "GET", &format!("/Groups/{id}?{asked}"), None).await["members"],
            shown,
            "{asked}"
        );
        let list = done(&room, "GET", &format!("/Groups?{asked}"), None).await;
        assert_eq!(list["Resources"][0]["members"], shown, "{asked}");
    }
    let whole = done(&room, "GET", &format!("/Groups/{id}?attributes=members"), None).await;
    assert_eq!(
        whole["members"][1]["display"], "grace@acme.example",
        "who names the members asks for all of them"
    );
    let user = done(&room, "GET", &format!("/Users/{grace}"), None).await;
    assert_eq!(user["groups"][0]["value"], json!(id));
    assert_eq!(user["groups"][0]["display"], "Engineering");

    let before = size(&house, &room).await;
    let stranger = "01890000-0000-7000-8000-000000000000";
    let mut wrong = body.clone();
    wrong["displayName"] = json!("Other");
    wrong["externalId"] = json!("00g2");
    wrong["members"] = json!([{ "value": ada }, { "value": stranger }]);
    let detail = refused(&room.scim("POST", "/Groups", Some(wrong.clone())).await, 400, Some("invalidValue"));
    assert!(detail.contains(stranger) && !detail.contains(&ada), "{detail}");
    wrong["members"] = json!([{ "value": "not-an-id" }]);
    let detail = refused(&room.scim("POST", "/Groups", Some(wrong)).await, 400, Some("invalidValue"));
    assert!(detail.contains("not-an-id"), "{detail}");
    assert_eq!(size(&house, &room).await, before);
    assert_eq!(done(&room, "GET", "/Groups", None).await["totalResults"], 1);
}

#[rstest]
#[actix_web::test]
async fn a_name_that_is_taken_is_refused_in_any_letter_case(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    group(&room, "Ämter", &[]).await;
    let other = group(&room, "Other", &[]).await;
    let told = trail(&house, &room).await;
    let body = json!({ "schemas": [GROUP], "displayName": "äMTER", "members": [] });
    refused(&room.scim("POST", "/Groups", Some(body.clone())).await, 409, Some("uniqueness"));
    refused(&room.scim("PUT", &format!("/Groups/{other}"), Some(body)).await, 409, Some("uniqueness"));
    let rename = replace(&json!({ "id": other, "displayName": "ÄMTER" }));
    refused(&room.scim("PATCH", &format!("/Groups/{other}"), Some(rename)).await, 409, Some("uniqueness"));
    assert_eq!(trail(&house, &room).await, told);
    for wrong in
        [json!({}), json!({ "displayName": "" }), json!({ "displayName": "  " }), json!({ "displayName": 7 })]
    {
        let mut body = wrong.clone();
        body["schemas"] = json!([GROUP]);
        refused(&room.scim("POST", "/Groups", Some(body)).await, 400, Some("invalidValue"));
    }
}

#[rstest]
#[actix_web::test]
async fn a_group_is_renamed_in_oktas_shape_and_keeps_its_members(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    let id = group(&room, "Engineering", &[&ada]).await;
    let path = format!("/Groups/{id}");
    let rename = replace(&json!({ "id": id, "displayName": "Research" }));
    assert_eq!(room.scim("PATCH", &path, Some(rename.clone())).await, (204, Value::Null));
    let renamed = done(&room, "GET", &path, None).await;
    assert_eq!((&renamed["displayName"], &renamed["id"]), (&json!("Research"), &json!(id)));
    // Okta sends the name with every change of members. An unchanged name changes nothing.
    let told = trail(&house, &room).await;
    assert_eq!(room.scim("PATCH", &path, Some(rename)).await.0, 204);
    assert_eq!(done(&room, "GET", &path, None).await, renamed);
    assert_eq!(trail(&house, &room).await, told);
    let other_id = replace(&json!({ "id": "01890000-0000-7000-8000-000000000000", "displayName": "Lab" }));
    let shown = format!("{path}?attributes=displayName,members.value");
    assert_eq!(text(&done(&room, "PATCH", &shown, Some(other_id)).await["id"]), id, "ids never change");
    let by_path = patch(&json!([{ "op": "Replace", "path": "displayName", "value": "lab" }]));
    let told = done(&room, "PATCH", &shown, Some(by_path)).await;
    assert_eq!((&told["displayName"], &told["members"]), (&json!("lab"), &json!([{ "value": ada }])));
    assert_eq!(members(&room, &id).await, [ada.as_str()]);
    let user = done(&room, "GET", &format!("/Users/{ada}"), None).await;
    assert_eq!(user["groups"][0]["display"], "lab");

    for operation in [
        json!({ "op": "remove", "path": "displayName" }),
        json!({ "op": "replace", "path": "displayName", "value": "" }),
        json!({ "op": "replace", "path": "nosuch", "value": "x" }),
        json!({ "op": "replace", "path": "id", "value": "x" }),
        json!({ "op": "replace", "path": "members[value eq \"x\"].display", "value": "x" }),
        json!({ "op": "add", "path": "members", "value": [{ "value": ada, "type": "Group" }] }),
        json!({ "op": "remove", "path": "members[display eq \"ada\"]" }),
    ] {
        let operations = json!([{ "op": "replace", "path": "displayName", "value": "Never" }, operation]);
        let (status, body) = room.scim("PATCH", &path, Some(patch(&operations))).await;
        assert_eq!((status, &body["schemas"]), (400, &json!([scim::ERROR])), "{operations} {body}");
    }
    assert_eq!(done(&room, "GET", &path, None).await["displayName"], "lab");
}

#[rstest]
#[actix_web::test]
async fn a_patch_tells_the_version_without_the_group(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    let path = format!("/Groups/{}", group(&room, "Engineering", &[]).await);
    let add = patch(&json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }]));
    let request = house.http.patch(format!("{}{path}", room.scim)).bearer_auth(&room.token);
    let request = request.header("content-type", "application/scim+json").body(add.to_string());
    let answer = request.send().await.unwrap();
    let version = json!(answer.headers()["etag"].to_str().unwrap());
    assert_eq!((answer.status().as_u16(), answer.headers().get("content-location")), (204, None));
    assert_eq!(answer.text().await.unwrap(), "");
    assert_eq!(done(&room, "GET", &path, None).await["meta"]["version"], version);
    // RFC 7644 §3.5.2: requested attributes are returned, with 200.
    let rename = replace(&json!({ "displayName": "Research" }));
    let (status, body) =
        room.scim("PATCH", &format!("{path}?excludedAttributes=members"), Some(rename)).await;
    assert_eq!((status, &body["displayName"], body.get("members")), (200, &json!("Research"), None));
    let (status, body) = room.scim("PATCH", &format!("{path}?excludedAttributes=meta"), Some(add)).await;
    assert_eq!(
        (status, &body["members"][0]["value"], body.get("meta")),
        (200, &json!(ada), None),
        "all but that"
    );
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{ "method": "PATCH", "path": path, "data": replace(&json!({ "displayName": "Lab" })) }],
    });
    let told = done(&room, "POST", "/Bulk", Some(bulk)).await["Operations"][0].clone();
    let whole = done(&room, "GET", &path, None).await;
    assert_eq!((&told["status"], &told["version"]), (&json!("204"), &whole["meta"]["version"]));
    assert_eq!(told["location"], whole["meta"]["location"]);
}

#[rstest]
#[actix_web::test]
async fn a_deleted_group_leaves_its_people(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.user("ada@acme.example").await;
    let id = group(&room, "Engineering", &[&ada]).await;
    let path = format!("/Groups/{id}");
    assert_eq!(room.scim("DELETE", &path, None).await, (204, Value::Null));
    refused(&room.scim("GET", &path, None).await, 404, None);
    refused(&room.scim("DELETE", &path, None).await, 404, None);
    let user = done(&room, "GET", &format!("/Users/{ada}"), None).await;
    assert_eq!((user.get("groups"), &user["active"]), (None, &json!(true)));
    assert_ne!(group(&room, "Engineering", &[]).await, id, "the name is free again");
}

#[rstest]
#[actix_web::test]
async fn groups_of_a_user_are_shown_and_changed_through_the_groups_only(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = group(&room, "Engineering", &[]).await;
    let mut sent = person("ada@acme.example");
    sent["groups"] = json!([{ "value": id }]);
    let created = done(&room, "POST", "/Users", Some(sent.clone())).await;
    assert_eq!(created.get("groups"), None, "a POST's groups are read-only and passed over");
    let ada = text(&created["id"]);
    done(&room, "PATCH", &format!("/Users/{ada}"), Some(replace(&json!({ "groups": [{ "value": id }] }))))
        .await;
    assert!(members(&room, &id).await.is_empty());
    let join = patch(&json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }]));
    done(&room, "PATCH", &format!("/Groups/{id}"), Some(join)).await;
    let shown = done(&room, "GET", &format!("/Users/{ada}"), None).await;
    let place = format!("{}/Groups/{id}", room.scim);
    assert_eq!(
        shown["groups"],
        json!([{ "value": id, "display": "Engineering", "$ref": place, "type": "direct" }])
    );
    sent["groups"] = json!([]);
    done(&room, "PUT", &format!("/Users/{ada}"), Some(sent)).await;
    assert_eq!(members(&room, &id).await, [ada]);
}
