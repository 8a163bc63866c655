//! Which options of which programs take a value, and how the words of a command divide into options and operands.

use std::ops::Range;

use compact_str::CompactString;

use crate::Word;

/// How a program reads its options.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Letters that take a value.
    short: &'static str,
    /// Long names that take a value in the next word.
    long: &'static str,
    style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `-abc` is three options; options and operands may be mixed.
    Gnu,
    /// As [`Style::Gnu`], but the first operand ends the options.
    Posix,
    /// `-name` is one option.
    Long,
}

/// The options of a command and the words that are none.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    /// In the order of the text.
    pub(crate) flags: Vec<Flag>,
    /// The positions of the words that are neither options nor their values.
    pub(crate) operands: Vec<usize>,
    /// The position of an unquoted expansion, which may be any number of options and operands.
    pub(crate) open: Option<usize>,
}

/// One option.
#[derive(Debug)]
pub(crate) struct Flag {
    /// Without its dashes.
    pub(crate) name: CompactString,
    /// Where the option stands, its value in the same word included.
    pub(crate) span: Range<usize>,
    /// Its value.
    pub(crate) value: Option<Word>,
}

impl Options {
    /// The options of a program; nothing takes a value where the program is not known.
    pub(crate) fn of(program: &str) -> Options {
        let gnu = |short, long| Options { short, long, style: Style::Gnu };
        let posix = |short, long| Options { short, long, style: Style::Posix };
        let single = |long| Options { short: "", long, style: Style::Long };
        match program {
            "apt-get" | "apt" | "aptitude" => {
                gnu("tocaP", "target-release default-release option config-file host-architecture build-profiles")
            }
            "apk" => gnu(
                "tXp",
                "virtual repository root repositories-file keys-dir cache-dir cache-max-age arch wait progress-fd",
            ),
            "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf" => gnu(
                "cxdeR",
                "config installroot enablerepo disablerepo repo repoid repofrompath exclude excludepkgs releasever setopt \
                 debuglevel errorlevel randomwait advisory advisories bz bzs cve cves sec-severity downloaddir destdir comment \
                 forcearch color rpmverbosity enableplugin disableplugin disableexcludes disableexcludepkgs",
            ),
            "zypper" => gnu(
                "rtpCDRc",
                "repo from type root reposd-dir config cache-dir solv-cache-dir pkg-cache-dir raw-cache-dir plus-repo plus-content \
                 releasever userdata",
            ),
            "pip" | "pip2" | "pip3" | "uv" => gnu(
                "rceifdtC",
                "requirement constraint editable index-url extra-index-url find-links download target prefix root src python platform \
                 python-version implementation abi progress-bar timeout retries proxy cert client-cert trusted-host cache-dir log \
                 exists-action upgrade-strategy no-binary only-binary config-settings config-setting global-option install-option \
                 build-option root-user-action keyring-provider use-feature use-deprecated report requirements constraints index \
                 default-index index-strategy directory project",
            ),
            "npm" | "pnpm" | "yarn" => gnu(
                "CwF",
                "prefix registry cache loglevel workspace userconfig globalconfig tag omit include only otp dir filter cwd \
                 modules-folder cache-folder network-timeout mutex before access store-dir fetch-retries fetch-timeout",
            ),
            "gem" => {
                gnu("vinPspBg", "version install-dir bindir trust-policy source http-proxy build-root platform file")
            }
            "cargo" => gnu(
                "FjpCZ",
                "version git branch tag rev path root registry index features target target-dir bin example profile jobs config color",
            ),
            "go" => single(
                "C p o n-x asmflags buildmode buildvcs compiler gccgoflags gcflags installsuffix ldflags mod modfile overlay pgo pkgdir \
                 tags toolexec covermode coverpkg",
            ),
            "java" => single("cp classpath jar"),
            "find" => single("name iname path type maxdepth mindepth mtime user group perm size newer regex"),
            "openssl" | "keytool" => single(
                "in out keyout days subj newkey config extensions key passin passout pass name inkey alias file keystore storepass \
                 keypass keyalg keysize validity dname ext",
            ),
            "gcc" | "cc" | "g++" | "clang" | "terraform" | "ffmpeg" | "convert" | "javac" => single(""),
            "curl" => gnu(
                "oHduXAeTFxbcmKwCrtYyzEPQU",
                "output header data data-raw data-binary data-urlencode json user request user-agent referer upload-file form proxy cookie \
                 cookie-jar max-time config write-out continue-at range retry retry-delay retry-max-time connect-timeout cacert capath \
                 cert key pass resolve connect-to interface limit-rate max-redirs url netrc-file output-dir ciphers tls-max proto \
                 proto-redir proto-default oauth2-bearer socks5 socks5-hostname unix-socket proxy-user noproxy create-file-mode pinnedpubkey",
            ),
            "wget" => gnu(
                "OPoaeUtTBiQwlARDIX",
                "output-document directory-prefix output-file append-output execute user-agent tries timeout header post-data post-file \
                 user password ca-certificate certificate private-key progress wait waitretry limit-rate referer input-file level method \
                 body-data secure-protocol load-cookies save-cookies dns-timeout connect-timeout read-timeout",
            ),
            "git" => gnu(
                "Cc",
                "git-dir work-tree branch depth origin upload-pack template config reference jobs message exec-path",
            ),
            "docker" | "podman" => gnu(
                "Hcltvepufwnam",
                "host context log-level config tag volume env publish user file workdir name mount network label entrypoint build-arg \
                 target platform memory cpus restart cap-add cap-drop security-opt device",
            ),
            "kubectl" | "helm" => gnu(
                "nflokcv",
                "namespace filename selector output kustomize container context kubeconfig values set version repo",
            ),
            "useradd" | "adduser" | "usermod" => gnu(
                "bcdefgGkKpRPsuZhl",
                "base-dir comment home-dir home expiredate inactive gid groups skel key password root prefix shell uid gecos ingroup login",
            ),
            "groupadd" | "addgroup" => gnu("gKpRP", "gid key password root prefix"),
            "install" => gnu("mogtS", "mode owner group target-directory suffix"),
            "tar" => gnu(
                "fCTX",
                "file directory exclude exclude-from files-from strip-components transform owner group mode",
            ),
            "gpg" | "gpg2" => gnu(
                "oru",
                "output recipient keyserver keyring homedir recv-keys recv-key keyserver-options default-key local-user passphrase \
                 pinentry-mode import-options export-options trust-model",
            ),
            "apt-key" | "systemctl" => gnu("tHM", "keyring keyserver type"),
            "ssh" | "scp" | "ssh-keyscan" => posix("opPiFlLRDJbcEeImOQSWwTt", ""),
            "ssh-keygen" => gnu("fNtbCPmRF", ""),
            "unzip" => gnu("dxP", ""),
            "sed" => gnu("ef", "expression file"),
            "grep" => gnu("efmABC", "regexp file max-count after-context before-context context include exclude"),
            "make" => gnu("Cfj", "directory file jobs"),
            "python" | "python2" | "python3" => posix("mcWX", ""),
            "node" => posix("erp", "eval require"),
            "sudo" => posix(
                "CDghpRrTtUu",
                "close-from chdir group host prompt chroot role command-timeout type other-user user",
            ),
            "doas" => posix("Cu", ""),
            "env" => posix("uCS", "unset chdir split-string"),
            "exec" => posix("a", ""),
            "time" => posix("fo", "format output"),
            "nice" => posix("n", "adjustment"),
            "ionice" => posix("cnpPu", "class classdata"),
            "stdbuf" => posix("ioe", "input output error"),
            "timeout" => posix("ks", "kill-after signal"),
            "xargs" => posix("IiLnPsEda", "replace max-lines max-args max-procs max-chars eof delimiter arg-file"),
            "tini" => posix("pe", ""),
            "dumb-init" => posix("r", "rewrite"),
            "chroot" => posix("", "userspec groups"),
            "xvfb-run" => posix("nsefpw", "server-num server-args error-file auth-file xauth-protocol wait"),
            "command" | "builtin" | "nohup" | "setsid" | "gosu" | "su-exec" | "eatmydata" => posix("", ""),
            "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" => posix("oOc", "rcfile init-file"),
            "su" | "runuser" => gnu("cgGsuw", "command group supp-group shell user whitelist-environment"),
            _ if program.starts_with("python3.") || program.starts_with("python2.") => posix("mcWX", ""),
            _ if program.starts_with("pip3.") => Options::of("pip"),
            _ => gnu("", ""),
        }
    }

    fn takes_value(self, long: &str) -> bool {
        self.long.split_ascii_whitespace().any(|name| name == long)
    }

    /// The position of the first word from `from` on that is neither an option nor its value.
    pub(crate) fn first_operand(self, words: &[Word], from: usize) -> usize {
        let posix = Options { style: Style::Posix, ..self };
        posix.divide(words, from).operands.first().copied().unwrap_or(words.len())
    }

    /// Divides the words from `from` on.
    pub(crate) fn divide(self, words: &[Word], from: usize) -> Arguments {
        let mut out = Arguments::default();
        let mut at = from;
        while let Some(word) = words.get(at) {
            let text = &*word.text;
            let dashed = text.len() > 1 && text.starts_with('-') && word.is_known_at(0);
            if text == "--" && word.known().is_some() {
                out.operands.extend(at + 1..words.len());
                break;
            }
            if !dashed {
                if !word.quoted && !word.is_known_at(0) {
                    out.open.get_or_insert(at);
                }
                if self.style == Style::Posix {
                    out.operands.extend(at..words.len());
                    break;
                }
                out.operands.push(at);
                at += 1;
                continue;
            }
            at += 1;
            let next = words.get(at);
            let taken = if text.starts_with("--") || self.style == Style::Long {
                self.long_flag(word, next, &mut out.flags)
            } else {
                self.letters(word, next, &mut out.flags)
            };
            at += usize::from(taken);
        }
        out
    }

    /// `--name`, `--name=value`, `--name value`; whether the next word is the value.
    fn long_flag(self, word: &Word, next: Option<&Word>, flags: &mut Vec<Flag>) -> bool {
        let text = &*word.text;
        let dashes = if text.starts_with("--") { 2 } else { 1 };
        let equals = text.find('=').filter(|at| word.is_known_at(*at));
        let name = text.get(dashes..equals.unwrap_or(text.len())).unwrap_or("");
        let mut flag = Flag { name: name.into(), span: word.span.clone(), value: None };
        let mut taken = false;
        if let Some(equals) = equals {
            flag.value = Some(word.slice(equals + 1..text.len()));
        } else if let Some(next) = next.filter(|_| self.takes_value(name)) {
            flag.value = Some(next.clone());
            taken = true;
        }
        flags.push(flag);
        taken
    }

    /// `-abc`, `-ovalue`, `-o value`, `-j4`; whether the next word is the value.
    fn letters(self, word: &Word, next: Option<&Word>, flags: &mut Vec<Flag>) -> bool {
        let text = &*word.text;
        let grouped = text.get(1..).unwrap_or("").bytes().all(|b| b.is_ascii_alphabetic());
        for (at, letter) in text.char_indices().skip(1) {
            let mut buffer = [0; 4];
            let rest = at + letter.len_utf8();
            let last = rest == text.len();
            let span = if at == 1 && last { word.span.clone() } else { word.range(at..rest) };
            let mut flag = Flag { name: (&*letter.encode_utf8(&mut buffer)).into(), span, value: None };
            let takes = self.short.contains(letter);
            // A letter that is followed by what can be no letter has it as its value: `-j4`, `-p/srv`.
            let attached = !last
                && (takes
                    || (!grouped
                        && text.get(rest..).is_some_and(|t| !t.starts_with(|c: char| c.is_ascii_alphabetic()))));
            if attached {
                let value = rest + usize::from(text.get(rest..).is_some_and(|t| t.starts_with('=')));
                flag.value = Some(word.slice(value..text.len()));
                flags.push(flag);
                return false;
            }
            if takes && let Some(next) = next {
                flag.value = Some(next.clone());
                flags.push(flag);
                return true;
            }
            flags.push(flag);
        }
        false
    }
}
