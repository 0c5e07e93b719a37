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

    /// The input is taken; so many deliveries follow from it.
    pub fn delivering(&self, deliveries: u64) {
        self.bar.reset();
        self.bar.set_style(style("{msg:10} [{bar:40}] {pos} of {len}  {elapsed}"));
        self.bar.set_message("Delivering");
        self.bar.set_length(deliveries);
    }

    /// So many deliveries are over. There may be more than follow from the input, from an earlier run.
    pub fn delivered(&self, deliveries: u64) {
        let expected = self.bar.length().unwrap_or_default();
        self.bar.set_length(expected.max(deliveries));
        self.bar.set_position(deliveries);
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
