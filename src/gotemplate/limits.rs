//! How much a template may ask for.

/// How much rendering may cost. What goes over is an error, which names the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How deeply templates may call each other (`include`, `template`, `tpl`).
    pub depth: usize,
    /// How much work one engine may do in all. An executed node is one step; long texts and lists cost more.
    pub steps: u64,
    /// How many bytes one rendered template may have.
    pub output: usize,
    /// How many bytes a text inside a template may have.
    pub text: usize,
    /// How many elements a list may have.
    pub list: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { depth: 200, steps: 5_000_000, output: 16 << 20, text: 4 << 20, list: 200_000 }
    }
}
