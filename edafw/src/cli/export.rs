//! `provision export`: what `provision apply` would make, for those who make it otherwise.

use std::fmt::{Display, Formatter};

use edafw_core::{Backend, Channel, Error, Result, Topology};
use serde::Serialize;
use serde_json::Value;

use super::exit::Exit;
use super::output::Output;
use crate::AppBuilder;

/// Prints the template, or the rights, of each transport that has one. Needs neither a database nor a broker.
pub(super) fn run<B: Backend>(builder: &AppBuilder<B>, rights: bool, output: Output) -> Result<Exit> {
    let [internal, external] = builder.transport_urls();
    let parts: &[(&str, &[Channel])] = if internal == external {
        &[(&internal, &Channel::ALL)]
    } else {
        &[(&internal, &[Channel::Internal]), (&external, &[Channel::External])]
    };
    let mut documents = Vec::new();
    for (url, channels) in parts {
        documents.extend(export(url, &builder.registry().topology(channels), rights)?);
    }
    match documents.len() {
        0 => Err(Error::configuration(
            "there is nothing to export: only SNS with SQS are made outside of the service's databases; set \
             EDAFW_TRANSPORT_URL=\"sqs://REGION\" (and build the binary with the feature `sqs` of edafw)",
        )),
        1 => {
            output.print(&Exported(documents.remove(0)));
            Ok(Exit::Done)
        }
        _ => {
            output.print(&Exported(Value::Array(documents)));
            Ok(Exit::Done)
        }
    }
}

#[cfg(feature = "sqs")]
fn export(url: &str, topology: &Topology, rights: bool) -> Result<Option<Value>> {
    if !url.starts_with("sqs:") {
        return Ok(None);
    }
    let config = edafw_sqs::SqsConfig::parse(url)?;
    let document = if rights { edafw_sqs::iam_policies } else { edafw_sqs::template };
    Ok(Some(document(&config, topology)))
}

#[cfg(not(feature = "sqs"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
fn export(_: &str, _: &Topology, _: bool) -> Result<Option<Value>> {
    Ok(None)
}

/// JSON, with or without `--json`: tools read it.
#[derive(Serialize)]
struct Exported(Value);

impl Display for Exported {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:#}", self.0)
    }
}
