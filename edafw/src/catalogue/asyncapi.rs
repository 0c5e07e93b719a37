//! The catalogue for tools: an `AsyncAPI` 3.0 document.
//!
//! Topics are its channels, events its messages. What the service publishes is a `send` operation, and each
//! subscriber with a queue a `receive` operation. Subscribers of the application layer receive no message, and are not
//! in it. With the feature `contracts`, the message of a contract that the service gives has the schema of its data.
//! Source: `AsyncAPI` specification 3.0.0.

use serde_json::{Map, Value, json};

use super::Catalogue;
use super::event::{Event, InWorker};

/// The media type of the envelope.
const CLOUD_EVENT: &str = "application/cloudevents+json";

pub(super) fn document(catalogue: &Catalogue) -> Value {
    let service = &catalogue.service;
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    let mut schemas = Map::new();
    schemas.insert("envelope".to_owned(), envelope());
    for event in &catalogue.events {
        let channel = channels.entry(event.topic.clone()).or_insert_with(|| channel(&event.topic));
        channel["messages"][name(event)] = reference(&format!("components/messages/{}", full_name(event)));
        messages.insert(full_name(event), message(event));
        if let Some(schema) = &event.schema {
            schemas.insert(full_name(event), placed(schema.clone(), &data(event)));
        }
        if event.is_own() {
            operations.insert(format!("publish.{}", full_name(event)), operation(event, "send"));
        }
        for one in &event.in_worker {
            operations
                .insert(format!("subscribe.{}.v{}", one.subscriber, event.version), receive(event, one));
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": service,
            "version": catalogue.version,
            "description": format!("The events that the service `{service}` publishes, and those that it subscribes to."),
        },
        "defaultContentType": CLOUD_EVENT,
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas,
            "correlationIds": {
                "flow": {
                    "description": "Shared by everything that one act set off.",
                    "location": "$message.payload#/correlationid",
                },
            },
        },
    })
}

/// An event within its topic.
fn name(event: &Event) -> String {
    format!("{}.v{}", event.name, event.version)
}

/// An event among all of the document. Topics, names and versions are made of what `AsyncAPI` allows in a key.
fn full_name(event: &Event) -> String {
    format!("{}.{}", event.topic, name(event))
}

fn reference(pointer: &str) -> Value {
    json!({ "$ref": format!("#/{pointer}") })
}

fn channel(topic: &str) -> Value {
    json!({ "address": topic, "messages": {} })
}

fn operation(event: &Event, action: &str) -> Value {
    let channel = format!("channels/{}", event.topic);
    let message = reference(&format!("{channel}/messages/{}", name(event)));
    json!({ "action": action, "channel": reference(&channel), "messages": [message] })
}

fn receive(event: &Event, one: &InWorker) -> Value {
    let mut operation = operation(event, "receive");
    operation["title"] = json!(one.subscriber);
    operation["x-layer"] = json!(one.layer);
    operation["x-queue"] = json!(one.queue);
    operation["x-options"] = json!(one.options);
    if let Some(event) = one.publishes.as_ref().or(one.failure_event.as_ref()) {
        let key = if one.publishes.is_some() { "x-publishes" } else { "x-publishes-on-failure" };
        operation[key] = json!(event);
    }
    operation
}

/// Where the schema of a contract's data is in the document.
fn data(event: &Event) -> String {
    format!("components/schemas/{}", full_name(event))
}

/// A schema at its place in the document, where its references to its own parts lead there.
fn placed(mut schema: Value, place: &str) -> Value {
    match &mut schema {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                let own = value.as_str().filter(|_| key == "$ref").and_then(|text| text.strip_prefix('#'));
                *value = match own {
                    Some(part) => Value::String(format!("#/{place}{part}")),
                    None => placed(value.take(), place),
                };
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| *value = placed(value.take(), place)),
        _ => {}
    }
    schema
}

fn message(event: &Event) -> Value {
    let mut properties = json!({
        "type": { "const": event.name },
        "source": { "const": event.source },
        "eventversion": { "const": event.version },
    });
    if event.schema.is_some() {
        properties["data"] = reference(&data(event));
    }
    let arises: Vec<String> = event.arises.iter().map(ToString::to_string).collect();
    json!({
        "name": event.name,
        "title": event.rust_name,
        "summary": format!("It arises {}.", arises.join("; ")),
        "contentType": CLOUD_EVENT,
        "correlationId": reference("components/correlationIds/flow"),
        "payload": {
            "allOf": [
                reference("components/schemas/envelope"),
                { "type": "object", "properties": properties },
            ],
        },
    })
}

/// The wire form of every event, whatever its data.
fn envelope() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let id = |description: &str| json!({ "type": "string", "format": "uuid", "description": description });
    json!({
        "type": "object",
        "description": "A CloudEvents 1.0 event in JSON.",
        "required": [
            "specversion", "id", "source", "type", "time", "datacontenttype", "eventversion", "idempotencykey",
            "correlationid", "data",
        ],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": id("Unique for every publication."),
            "source": text("The publishing service."),
            "type": text("The event's name."),
            "subject": text("The key: whom it happened to, and the unit of order."),
            "time": { "type": "string", "format": "date-time", "description": "When it happened." },
            "datacontenttype": { "const": "application/json" },
            "eventversion": { "type": "integer", "minimum": 1, "description": "The version of the data's shape." },
            "idempotencykey": text("Equal for two publications of the same act."),
            "correlationid": id("Shared by everything that one act set off."),
            "causationid": id("The event whose subscriber published this one."),
            "traceparent": text("The W3C trace context."),
            "tracestate": text("What goes with it for the tracing systems involved."),
            "data": { "description": "What changed." },
        },
    })
}
