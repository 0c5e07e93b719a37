//! The bar that a terminal shows meanwhile.

use indicatif::{ProgressBar, ProgressStyle};

/// Shown on standard error where that is a terminal, and nothing elsewhere.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Taking an input of so many bytes.
    pub fn taking(bytes: u64) -> Self {
        let bar = ProgressBar::new(bytes).with_style(style("{msg:10} [{bar:40}] {percent:>3}%  {elapsed}"));
        bar.set_message("Taking");
        Self { bar }
    }

    /// So many bytes of the input are done.
    pub fn taken(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }

    /// The input is taken; the events are still being delivered.
    pub fn delivering(&self) {
        self.bar.reset();
        self.bar.set_style(style("{msg:10} [{bar:40}] {pos} of {len} events published  {elapsed}"));
        self.bar.set_message("Delivering");
    }

    /// So many events are published.
    pub fn published(&self, events: u64, of: u64) {
        self.bar.set_length(of);
        self.bar.set_position(events);
        self.bar.tick();
    }

    /// Gone.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
