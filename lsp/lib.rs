//! The *language server*: the one crate that knows the Language Server Protocol.
//!
//! It answers `initialize` and `shutdown`; diagnostics come with the editor work.

use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{InitializeParams, InitializeResult, ServerCapabilities, ServerInfo};
use tower_lsp::{LanguageServer, LspService, Server};

struct Stockade;

impl LanguageServer for Stockade {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult {
            capabilities: ServerCapabilities::default(),
            server_info: Some(ServerInfo { name: "stockade".into(), version: Some(env!("CARGO_PKG_VERSION").into()) }),
            ..InitializeResult::default()
        })
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }
}

/// Serves one client on standard input and output until it says `exit` or goes away.
///
/// # Errors
/// When the runtime cannot be started.
pub fn serve() -> std::io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let (service, socket) = LspService::new(|_| Stockade);
        Server::new(tokio::io::stdin(), tokio::io::stdout(), socket).serve(service).await;
    });
    Ok(())
}
