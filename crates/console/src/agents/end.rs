//! `/integrations/agents/end?client=`: stops one AI client, or all, from acting for anybody of the workspace. A page asks first.

use vestibule_admin::access::agents;
use vestibule_core::ids::ClientId;
use vestibule_store::oauth::grants::agents::list_clients;

use crate::layout::{access::Administrator, confirm::Confirm, error::PageResult, form::Form};

/// Asks whether to stop the client, or all clients.
pub async fn ask(administrator: Administrator) -> PageResult {
    let workspace_id = administrator.workspace_id();
    let found = administrator.read(move |conn| list_clients(conn, &workspace_id)).await?;
    let wanted = administrator.query()?.text("client").to_owned();
    let (title, line) = match found.iter().find(|one| one.client_id.as_str() == wanted) {
        Some(one) => {
            let people =
                if one.people == 1 { "one person".to_owned() } else { format!("{} people", one.people) };
            let line = format!("It acts for {people} now. All its tokens stop working at once.");
            (format!("Stop “{}”?", one.name), line)
        }
        None if wanted.is_empty() => {
            let line = "All tokens of all AI clients of this workspace stop working at once.";
            ("Stop all AI clients?".to_owned(), line.to_owned())
        }
        None => return Ok(administrator.redirect("/integrations/agents")),
    };
    let name = administrator.provider().name;
    let confirm = Confirm {
        title,
        lines: vec![
            line,
            format!(
                "While AI access is on, {name} can let AI clients in again. To keep a client out, remove its connection in {name}, or \
                 switch AI access off."
            ),
        ],
        action: format!("/integrations/agents/end?client={}", urlencoded(&wanted)),
        button: "Stop",
        back: "/integrations/agents".to_owned(),
    };
    confirm.page(&administrator)
}

/// Stops the client, or all clients.
pub async fn end(form: Form<Administrator, ()>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let wanted = administrator.query()?.text("client").to_owned();
    administrator
        .write(move |conn| {
            let client_id = ClientId::sent(&wanted);
            let client_id = Some(&client_id).filter(|_| !wanted.is_empty());
            agents::end(conn, &actor, &workspace_id, client_id)
        })
        .await?;
    Ok(administrator.redirect("/integrations/agents?ended=1"))
}

fn urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
