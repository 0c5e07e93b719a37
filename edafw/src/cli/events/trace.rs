//! `events trace`: everything that one act caused, across the databases of several services.

mod flow;
mod report;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use edafw_core::{Backend, Error, Result};
use uuid::Uuid;

use crate::App;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use flow::{Flow, Place};
use report::Report;

/// Where the other services' databases are, unless the arguments say so.
const VARIABLE: &str = "EDAFW_TRACE_ALSO";

pub(super) fn command() -> Command {
    Command::new("trace")
        .about("Show everything that one act caused, with times and outcomes, as a tree")
        .long_about(
            "Show everything that one act caused, with times and outcomes, as a tree: every event with this correlation id, \
             under the event that caused it, and what became of it at each subscriber. What other services made of it stands \
             in their databases: name them with --also. Payloads are not shown.",
        )
        .arg(
            Arg::new("id")
                .value_name("ID")
                .required(true)
                .value_parser(value_parser!(Uuid))
                .help("Any event of the act, or its correlation id"),
        )
        .arg(Arg::new("also").long("also").value_name("SERVICE=URL").action(ArgAction::Append).help(
            "Read this database too, such as portal=sqlite:portal.db; may be given several times. Without it \
             EDAFW_TRACE_ALSO says which, separated by spaces: passwords are better kept there",
        ))
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("N")
                .default_value("1000")
                .value_parser(value_parser!(u32).range(1..))
                .help("How many events, at most"),
        )
}

/// What is asked for.
pub(super) struct Request {
    id: Uuid,
    /// Service and URL.
    also: Vec<(String, String)>,
    limit: usize,
}

impl Request {
    /// # Errors
    /// A database that is not written as `SERVICE=URL`.
    pub(super) fn of(matches: &ArgMatches) -> Result<Self> {
        let also = match matches.get_many::<String>("also") {
            Some(given) => given.map(|one| database(one, "--also")).collect::<Result<_>>()?,
            None => std::env::var(VARIABLE)
                .unwrap_or_default()
                .split_whitespace()
                .map(|one| database(one, VARIABLE))
                .collect::<Result<_>>()?,
        };
        let id = matches.get_one::<Uuid>("id").copied().unwrap_or_default();
        let limit = matches.get_one::<u32>("limit").map_or(1_000, |&limit| limit as usize);
        Ok(Self { id, also, limit })
    }
}

/// The text itself stays out of the message: it may hold a password.
fn database(text: &str, place: &str) -> Result<(String, String)> {
    let parts = text
        .split_once('=')
        .filter(|(service, url)| edafw_core::check_name(service).is_ok() && url.contains(':'));
    let (service, url) = parts.ok_or_else(|| {
        Error::configuration(format!(
            "{place} takes SERVICE=URL, such as portal=sqlite:portal.db or portal=postgres://host/portal"
        ))
    })?;
    Ok((service.to_owned(), url.to_owned()))
}

pub(super) async fn run<B: Backend>(app: &App<B>, request: &Request, output: Output) -> Result<Exit> {
    let mut places = vec![Place::own(app)];
    let mut flow = Ok(None);
    match open(app, request, &mut places).await {
        Ok(()) => flow = Flow::read(app, &places, request.id, request.limit).await,
        Err(error) => flow = flow.and(Err(error)),
    }
    // The first is the application's, which closes it.
    for place in &places[1..] {
        place.store.close().await;
    }
    let Some(flow) = flow? else {
        let names: Vec<&str> = places.iter().map(|place| place.service.as_str()).collect();
        let message = format!(
            "there is no event `{}`, and no act of this correlation id, in {}",
            request.id,
            names.join(", ")
        );
        return Err(Error::new(edafw_core::ErrorKind::NotFound, message));
    };
    output.print(&Report::of(&flow, &places));
    Ok(Exit::Done)
}

async fn open<B: Backend>(app: &App<B>, request: &Request, places: &mut Vec<Place>) -> Result<()> {
    for (service, url) in &request.also {
        let opened = crate::app::open_elsewhere(url, &app.settings().store).await;
        let store = opened.map_err(|error| {
            Error::new(error.kind(), format!("the database of `{service}` cannot be read")).caused_by(error)
        })?;
        places.push(Place { service: service.clone(), store });
    }
    Ok(())
}
