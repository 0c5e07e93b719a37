//! The commands of a service's worker binary, which `edafw::worker!` generates.
//!
//! Every command works while workers run. `--json` prints one document with stable field names on standard
//! output; logs go to standard error. [`exit::Exit`] lists the exit codes.

mod application;
mod catalogue;
mod connection;
#[cfg(feature = "contracts")]
mod contract;
mod contract_command;
mod dead_letters;
mod doctor;
mod drift;
mod events;
mod exit;
mod explain;
mod export;
#[cfg(feature = "http")]
mod http;
mod list;
mod mended;
mod migrate;
#[cfg(not(feature = "contracts"))]
mod no_contract;
#[cfg(not(feature = "http"))]
mod no_http;
mod output;
mod provision;
mod run;
mod subscribers;
mod suggestion;

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use edafw_core::{Backend, Error, Result};
use tracing_subscriber::EnvFilter;

pub use application::Application;
use exit::Exit;
#[cfg(not(feature = "contracts"))]
use no_contract as contract;
use output::Output;

use crate::AppBuilder;

/// The whole worker binary: parses the arguments, runs the command, and answers its exit code.
///
/// `app` runs inside the runtime, so that what it hands to `.state(..)` may need one. It is not called for
/// `--help` and for arguments that are wrong.
pub fn worker_main<A: Application>(app: fn() -> A) -> ExitCode {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done }.into();
        }
    };
    let output = Output::new(matches.get_flag("json"));
    let exit = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let inside = runtime.enter();
            let done = app().into_builder().and_then(|builder| {
                set_up_logs(&matches);
                runtime.block_on(dispatch(builder, &matches, output))
            });
            drop(inside);
            runtime.shutdown_background();
            done
        }
        Err(error) => Err(Error::configuration("the runtime cannot start").caused_by(error)),
    };
    let exit = exit.unwrap_or_else(|error| {
        output.print_error(&error);
        Exit::of(&error)
    });
    exit.into()
}

fn command() -> Command {
    Command::new("worker")
        .about("Runs the subscribers of a service, and shows and mends what became of its events")
        .after_help(Exit::HELP)
        .arg(
            Arg::new("json")
                .long("json")
                .global(true)
                .action(ArgAction::SetTrue)
                .help("Print one JSON document instead of text"),
        )
        .args(run::arguments())
        .args_conflicts_with_subcommands(true)
        .subcommand(run::command())
        .subcommand(list::command())
        .subcommand(explain::command())
        .subcommand(catalogue::command())
        .subcommand(contract_command::command())
        .subcommand(provision::command())
        .subcommand(events::command())
        .subcommand(dead_letters::command())
        .subcommand(subscribers::command())
        .subcommand(subscribers::keys_command())
        .subcommand(migrate::command())
        .subcommand(doctor::command())
}

async fn dispatch<B: Backend>(app: AppBuilder<B>, matches: &ArgMatches, output: Output) -> Result<Exit> {
    match matches.subcommand() {
        None => run::run(app, matches, output).await,
        Some(("run", matches)) => run::run(app, matches, output).await,
        Some(("explain", matches)) => explain::run(&app, matches, output),
        Some(("contract", matches)) => contract::run(&app, matches, output),
        Some(("catalogue", matches)) => catalogue::run(&app, matches, output),
        Some(("provision", matches)) => provision::run(app, matches, output).await,
        Some(("events", matches)) => events::run(app, matches, output).await,
        Some(("dead-letters", matches)) => dead_letters::run(app, matches, output).await,
        Some(("subscribers", matches)) => subscribers::run(app, matches, output).await,
        Some(("keys", matches)) => subscribers::run_keys(app, matches, output).await,
        Some(("migrate", matches)) => migrate::run(app, matches, output).await,
        Some(("doctor", _)) => doctor::run(app, output).await,
        Some(("list", _)) => Ok(list::run(&app, output)),
        Some((other, _)) => unreachable!("clap knows the commands, and `{other}` is none"),
    }
}

/// Logs to standard error, filtered by `EDAFW_LOG` or `RUST_LOG`; without them `run` tells what it does, and
/// the other commands tell only what is wrong. A subscriber that the application has set up itself stays.
fn set_up_logs(matches: &ArgMatches) {
    let default = if matches!(matches.subcommand_name(), None | Some("run")) { "info" } else { "warn" };
    let wanted = ["EDAFW_LOG", "RUST_LOG"]
        .iter()
        .find_map(|variable| std::env::var(variable).ok().filter(|value| !value.is_empty()));
    let filter = EnvFilter::builder().parse_lossy(wanted.as_deref().unwrap_or(default));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
