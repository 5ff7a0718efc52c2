//! The dashboard and the alert rules of deploy/ name metrics, labels and interfaces that exist. Promtool tries what the rules do.

use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;
use serde_json::Value;
use vestibule::serve::routes;
use vestibule_core::sets::DeliveryKind;
use vestibule_simulator::SubjectFormat;

use crate::{
    house::root,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, free_port,
    },
};

/// Labels that Prometheus adds to every series.
const ADDED: [&str; 2] = ["job", "instance"];

/// One use of a metric: its name and its selectors, each with a label, an operator and a value.
#[derive(Debug)]
struct Use {
    metric: String,
    selectors: Vec<(String, String, String)>,
}

/// A query with the labels it groups by, and those that texts beside it show.
#[derive(Debug)]
struct Query {
    text: String,
    uses: Vec<Use>,
    labels: BTreeSet<String>,
}

impl Query {
    fn read(text: &str) -> Self {
        let mut labels = BTreeSet::new();
        for after in text.split("by (").skip(1) {
            let list = after.split(')').next().unwrap();
            labels.extend(list.split(',').map(|label| label.trim().to_owned()));
        }
        for after in text.split("{{").skip(1) {
            let label = after.split("}}").next().unwrap().trim().trim_start_matches("$labels.");
            labels.insert(label.to_owned());
        }
        Self { text: text.to_owned(), uses: uses(text), labels }
    }
}

fn uses(text: &str) -> Vec<Use> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    for (start, _) in text.match_indices("vestibule_") {
        let rest = &text[start..];
        let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
        let selectors = rest[end..].strip_prefix('{').map_or("", |inner| inner.split('}').next().unwrap());
        let selectors = selectors.split(',').filter(|selector| !selector.is_empty()).map(|selector| {
            let label: String = selector.chars().take_while(|letter| is_name(*letter)).collect();
            let (operator, value) = selector[label.len()..].split_once('"').expect(selector);
            (label, operator.to_owned(), value.trim_end_matches('"').to_owned())
        });
        found.push(Use { metric: rest[..end].to_owned(), selectors: selectors.collect() });
    }
    found
}

/// Every query of the dashboard, with the legends and variables that belong to it.
fn of_dashboard(value: &Value, queries: &mut Vec<Query>) {
    match value {
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
            let query = format!("{} {} {}", text("expr"), text("definition"), text("legendFormat"));
            queries.push(Query::read(&query));
            members.values().for_each(|member| of_dashboard(member, queries));
        }
        Value::Array(elements) => elements.iter().for_each(|element| of_dashboard(element, queries)),
        _ => {}
    }
}

fn queries() -> Vec<Query> {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let mut queries = Vec::new();
    of_dashboard(&serde_json::from_str(&read("deploy/grafana/vestibule.json")).unwrap(), &mut queries);
    queries.retain(|query| !query.uses.is_empty());
    assert!(queries.len() > 20, "the dashboard has queries");
    let rules = read("deploy/helm/vestibule/files/rules.yaml");
    let alerts: Vec<Query> = rules.split("- alert:").skip(1).map(Query::read).collect();
    assert!(
        alerts.len() > 10 && alerts.iter().all(|alert| !alert.uses.is_empty()),
        "each alert asks for a metric"
    );
    queries.extend(alerts);
    queries
}

/// The labels of each series that `/metrics` answers.
fn series(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut series: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, _) = line.split_once(' ').unwrap();
        let (name, labels) = name.split_once('{').unwrap_or((name, ""));
        let labels = labels.split("=\"").filter_map(|part| part.rsplit(['"', ',', '{']).next());
        let labels = labels.filter(|label| !label.is_empty() && *label != "}").map(str::to_owned);
        series.entry(name.to_owned()).or_default().extend(labels);
    }
    series
}

/// The interfaces that a selector may name.
fn doors() -> BTreeSet<&'static str> {
    let mut doors: BTreeSet<&str> = routes::table().iter().map(|route| route.surface.label()).collect();
    doors.insert("connections");
    doors
}

#[rstest]
#[actix_web::test]
async fn dashboard_and_alerts_ask_for_what_exists(#[values(Sqlite, Postgres)] backend: Backend) {
    let listen = format!("127.0.0.1:{}", free_port());
    let house = House::start_with(backend, &[("SERVER__METRICS_LISTEN", &listen)]).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let (browser, _) = room.sign_in(&grace).await;
    room.scim("GET", "/Users?filter=nonsense", None).await;
    room.okta.universal_logout(&room.app, &grace, SubjectFormat::Email).await.unwrap();
    assert_eq!(room.check(&browser).await, 401);
    // A delivery needs a receiver, which tests/delivery has.
    house.state.metrics().delivery(DeliveryKind::Webhook, "delivered");
    // Ends of access are counted after the answer, by the process that saw the commit.
    let exists = loop {
        let text =
            house.http.get(format!("http://{listen}/metrics")).send().await.unwrap().text().await.unwrap();
        if text.contains("vestibule_access_end_seconds_count{") {
            break series(&text);
        }
        tokio::task::yield_now().await;
    };
    let doors = doors();
    for query in queries() {
        let mut available: BTreeSet<&str> = ADDED.into();
        for used in &query.uses {
            let labels = exists
                .get(&used.metric)
                .unwrap_or_else(|| panic!("{} is no series of /metrics, in: {}", used.metric, query.text));
            available.extend(labels.iter().map(String::as_str));
            for (label, operator, value) in &used.selectors {
                let is_there = labels.contains(label) || ADDED.contains(&label.as_str());
                assert!(is_there, "{} has no label {label}, in: {}", used.metric, query.text);
                assert!(
                    ["=", "=~", "!=", "!~"].contains(&operator.as_str()),
                    "{operator} in: {}",
                    query.text
                );
                for value in value.split('|').filter(|value| !value.starts_with('$')) {
                    let exists = match label.as_str() {
                        "door" => doors.contains(value),
                        "status" => ["2xx", "3xx", "4xx", "5xx"].contains(&value),
                        _ => true,
                    };
                    assert!(exists, "no {label} is {value}, in: {}", query.text);
                }
            }
        }
        for label in &query.labels {
            assert!(
                available.contains(label.as_str()),
                "no series has the label {label}, in: {}",
                query.text
            );
        }
    }
}

#[test]
fn a_query_is_read_whole() {
    let query =
        Query::read("sum by (door, le) (rate(vestibule_x_bucket{door=~\"a|b\",le!=\"1\"}[5m])) {{reason}}");
    assert_eq!(query.uses.len(), 1);
    assert_eq!(query.uses[0].metric, "vestibule_x_bucket");
    assert_eq!(query.uses[0].selectors[0], ("door".to_owned(), "=~".to_owned(), "a|b".to_owned()));
    assert_eq!(query.uses[0].selectors[1], ("le".to_owned(), "!=".to_owned(), "1".to_owned()));
    assert_eq!(query.labels, ["door", "le", "reason"].map(str::to_owned).into());
    let exists = series("# HELP x\nvestibule_a_total{door=\"scim\",reason=\"x, y\"} 1\nvestibule_b 0\n");
    assert_eq!(exists["vestibule_a_total"], ["door", "reason"].map(str::to_owned).into());
    assert!(exists["vestibule_b"].is_empty());
}
