/** What each shell loads: a few lines that ask `audit-relay complete`, so that they are right for whatever version is installed. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion of audit-relay: source it, or put it into /etc/bash_completion.d
_audit_relay() {
  local IFS=$'\\n'
  COMPREPLY=($(audit-relay complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
# Where there is nothing to say, files.
complete -o default -F _audit_relay audit-relay
`;

const ZSH = `#compdef audit-relay
# zsh completion of audit-relay: source it, or put it as _audit-relay into a folder of fpath
_audit_relay() {
  local -a found
  found=("\${(@f)$(audit-relay complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z "$found" ]]; then
    _files
    return
  fi
  found=("\${(@)found//:/\\\\:}")
  found=("\${(@)found/$'\\t'/:}")
  _describe 'audit-relay' found
}
if [[ "\${funcstack[1]}" == _audit-relay ]]; then
  _audit_relay "$@"
else
  compdef _audit_relay audit-relay
fi
`;

const FISH = `# fish completion of audit-relay: put it into ~/.config/fish/completions/audit-relay.fish
function __audit_relay_complete
  set -l tokens (commandline -opc) (commandline -ct)
  audit-relay complete -- $tokens[2..-1] 2>/dev/null
end
complete -c audit-relay -a '(__audit_relay_complete)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
