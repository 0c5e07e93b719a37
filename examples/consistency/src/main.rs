//! `consistency`: books the same trips three ways, and says what came of it.

use std::process::ExitCode;

use consistency::options::Options;
use consistency::report::Report;
use consistency::run::{on_files, on_server};
use consistency::sample::Sample;
use consistency::way::Way;
use edafw::Failure;

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
    let done = match options {
        Options::Part(part) => part.run().await.map(|()| ExitCode::SUCCESS),
        Options::Run { ways, postgres, trips } => {
            run(&ways, postgres.as_deref(), trips).await.map(|report| {
                print!("{}", report.to_text());
                ExitCode::from(if report.is_clean() { 0 } else { 3 })
            })
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("consistency: {error}");
        ExitCode::FAILURE
    })
}

async fn run(ways: &[Way], postgres: Option<&str>, trips: i64) -> Result<Report, Failure> {
    let directory = tempfile::Builder::new().prefix("consistency-").tempdir()?;
    let (story, crowd) = (Sample::story(), Sample::crowd(trips));
    let mut report = Report { story, crowd, outcomes: Vec::new(), left_out: None };
    for &way in ways {
        let Report { story, crowd, outcomes, left_out } = &mut report;
        if way == Way::TwoPhase {
            match on_server(postgres, story, crowd).await? {
                Ok(outcome) => outcomes.push(outcome),
                Err(reason) => *left_out = Some(reason),
            }
        } else {
            outcomes.push(on_files(way, &directory.path().join(way.name()), story, crowd).await?);
        }
    }
    Ok(report)
}

/// What the framework has to say: errors, or what `RUST_LOG` asks for. That a subscriber gives an event up is none: it is
/// how a step of the saga says no.
fn log_to_standard_error() {
    let asked = std::env::var("RUST_LOG").ok().filter(|text| !text.is_empty());
    let filter = asked.as_deref().unwrap_or("error,edafw::worker::giving_up=off");
    let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(filter);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
