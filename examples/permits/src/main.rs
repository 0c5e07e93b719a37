//! `permits`: takes a log, and delivers what happened.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use permits::databases::Databases;
use permits::input::Input;
use permits::intake::Intake;
use permits::office::{Office, Workers};
use permits::options::Options;
use permits::progress::Progress;
use permits::report::Report;

/// Why a run failed; what it has taken until then stays taken.
type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os()) {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    log_to_standard_error();
    match run(&options).await {
        Ok(report) => {
            if options.json {
                println!("{:#}", report.to_json());
            } else {
                print!("{}", report.to_text());
            }
            ExitCode::from(if report.is_clean() { 0 } else { 3 })
        }
        Err(error) => {
            eprintln!("permits: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<Report, Failed> {
    let input = match &options.input {
        Some(file) => Input::open(file)?,
        None => Input::sample()?,
    };
    let data_dir = data_dir(options)?;
    let (permits, portal) = (options.database.clone(), options.portal_database.clone());
    let databases = Databases::new(permits, portal, data_dir.as_deref()).map_err(|error| error.chain())?;
    let begun = Instant::now();
    let office = Office::open(&databases, options.failures).await.map_err(|error| error.chain())?;
    let mut workers = None;
    if options.worker {
        workers = Some(office.start_workers().map_err(|error| error.chain())?);
    }
    let progress = Progress::taking(input.size());
    let taken = Intake::take(office.permits(), &input, |bytes| progress.taken(bytes)).await;
    let intake = taken.map_err(|(line, error)| format!("line {line}: {error}"))?;
    let mut deliveries = None;
    if let Some(mut workers) = workers {
        progress.delivering(intake.taken * workers.subscribers());
        let show = |workers: &Workers| progress.delivered(workers.delivered());
        workers.wait_until_idle(show).await.map_err(|error| error.chain())?;
        deliveries = Some(workers.stop().await.map_err(|error| error.chain())?);
    }
    progress.finish();
    let events = office.events().await.map_err(|error| error.chain())?;
    let databases = office.identities();
    office.close().await;
    Ok(Report { data_dir, databases, intake, events, deliveries, time: begun.elapsed() })
}

/// The directory of the databases that are files, which exists from here on; `None` where both are named.
fn data_dir(options: &Options) -> Result<Option<PathBuf>, Failed> {
    match &options.data_dir {
        _ if options.database.is_some() && options.portal_database.is_some() => Ok(None),
        Some(directory) => {
            std::fs::create_dir_all(directory)
                .map_err(|error| format!("the data directory {}: {error}", directory.display()))?;
            Ok(Some(directory.clone()))
        }
        None => Ok(Some(tempfile::Builder::new().prefix("permits-").tempdir()?.keep())),
    }
}

/// What the framework has to say: errors, or what `RUST_LOG` asks for.
fn log_to_standard_error() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing_subscriber::filter::LevelFilter::ERROR.into())
        .from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
