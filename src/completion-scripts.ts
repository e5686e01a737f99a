/** The shells that completion is for; apart from the command, for packages carry the scripts too. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The word that asks for candidates; the scripts call it, people do not. */
export const COMPLETE = '__complete'

/**
 * Each script asks the program itself what may come next, so that completion never lags behind the command tree.
 * A name is one candidate a line, whatever characters it has.
 */
export const COMPLETION_SCRIPTS: Record<Shell, string> = {
  bash: `# bash completion for mathesarctl
_mathesarctl() {
    local IFS=$'\\n' candidate current="\${COMP_WORDS[COMP_CWORD]}"
    COMPREPLY=()
    # bash breaks a line at "=" and ":"; what stands before them is not to be repeated.
    while IFS= read -r candidate; do
        COMPREPLY+=("$(printf '%q' "$candidate")")
    done < <("\${COMP_WORDS[0]}" ${COMPLETE} -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$current" 2>/dev/null)
    if [ "\${#COMPREPLY[@]}" -eq 0 ]; then
        compopt -o default 2>/dev/null
    fi
}
complete -F _mathesarctl mathesarctl
`,
  zsh: `#compdef mathesarctl
# zsh completion for mathesarctl
_mathesarctl() {
    local -a candidates
    candidates=("\${(@f)$("\${words[1]}" ${COMPLETE} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if (( \${#candidates} == 0 )) || [[ -z "\${candidates[1]}" ]]; then
        _files
    else
        compadd -Q -- "\${(@q)candidates}"
    fi
}
if [[ "\${funcstack[1]}" == _mathesarctl ]]; then
    _mathesarctl "$@"
else
    compdef _mathesarctl mathesarctl
fi
`,
  fish: `# fish completion for mathesarctl
function __mathesarctl_complete
    set -l words (commandline -opc)
    $words[1] ${COMPLETE} -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c mathesarctl -a '(__mathesarctl_complete)'
`,
}
