/** The shells that completion is for; apart from the command, for packages carry the scripts too. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The word that asks for candidates; the scripts call it, people do not. */
export const COMPLETE = '__complete'

/** In an answer to a script, what begins with this says which paths the shell itself completes: `files`, `directories`. */
export const PATHS = '\t'

/**
 * Each script asks the program itself what may come next, so that completion never lags behind the command tree. One
 * candidate a line, as the shell wants it.
 */
export const COMPLETION_SCRIPTS: Record<Shell, string> = {
  bash: `# bash completion for mathesarctl
_mathesarctl() {
    local candidate program=\${COMP_WORDS[0]}
    COMPREPLY=()
    # Where a redirection goes is no word of the program's.
    case \${COMP_WORDS[COMP_CWORD-1]} in
        '<' | '>' | '<>' | '>>' | '>|' | '&>' | '&>>')
            compopt -o default 2>/dev/null
            return
            ;;
    esac
    # The word is as it was typed: what only bash would make of it (an alias, a variable, quotes) is the one on the PATH.
    [[ $program != '~/'* ]] || program=$HOME/\${program:2}
    type -P "$program" >/dev/null || program=mathesarctl
    # The words are the program's to read: those of bash are broken at "=" and ":".
    while IFS= read -r candidate; do
        case $candidate in
            $'\\tfiles') compopt -o default 2>/dev/null ;;
            $'\\tdirectories') compopt -o dirnames 2>/dev/null ;;
            *) COMPREPLY+=("$candidate") ;;
        esac
    done < <("$program" ${COMPLETE} --shell bash --breaks "$COMP_WORDBREAKS" -- "\${COMP_LINE:0:COMP_POINT}" </dev/null 2>/dev/null)
}
complete -o nosort -F _mathesarctl mathesarctl 2>/dev/null || complete -F _mathesarctl mathesarctl
`,
  zsh: `#compdef mathesarctl
# zsh completion for mathesarctl
_mathesarctl() {
    local -a candidates
    # The word is as it was typed: what only zsh would make of it (an alias, a variable) is the one on the PATH.
    local program=\${\${(Q)words[1]}/#\\~\\//$HOME/}
    whence -p "$program" >/dev/null || program=mathesarctl
    candidates=("\${(@f)$("$program" ${COMPLETE} --shell zsh -- "\${(@)words[2,CURRENT-1]}" "$IPREFIX$QIPREFIX$PREFIX" </dev/null 2>/dev/null)}")
    case "\${candidates[1]}" in
        '') return 1 ;;
        $'\\tfiles') [[ $PREFIX == --*=* ]] && compset -P '*='; _files ;;
        $'\\tdirectories') [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/ ;;
        *) _describe -V mathesarctl candidates ;;
    esac
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
    set -l current (commandline -ct)
    # The word is as it was typed: what only fish would make of it (a variable) is the one on the PATH.
    set -l program (string replace -r -- '^~/' "$HOME/" $words[1])
    command -sq $program; or set program mathesarctl
    command -sq $program; or return
    set -l candidates ($program ${COMPLETE} --shell fish -- $words[2..-1] "$current" </dev/null 2>/dev/null)
    switch "$candidates[1]"
        case ''
        case \\t\\*
            set -l flag (string match -r -- '^--[^=]+=' "$current")
            set -l path (string replace -r -- '^--[^=]+=' '' "$current")
            if test "$candidates[1]" = \\tdirectories
                printf '%s\\n' "$flag"(__fish_complete_directories "$path" '')
            else
                # As for a program that it knows nothing of: fish's own function for paths reads no quotes.
                printf '%s\\n' "$flag"(complete -C "'' $path")
            end
        case '*'
            printf '%s\\n' $candidates
    end
end
complete -c mathesarctl -f -k -a '(__mathesarctl_complete)'
`,
}
