/** The shells with completion. They are not part of the command, because packages contain the scripts too. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The hidden command that prints candidates; only the scripts call it. */
export const COMPLETE = '__complete'

/** The prefix of a candidate that lets the shell itself complete paths: `files` or `directories`. */
export const PATHS = '\t'

/**
 * Each script calls the program for the candidates, so that completion always matches the command tree. The
 * program prints one candidate on each line, in the format of the shell.
 */
export const COMPLETION_SCRIPTS: Record<Shell, string> = {
  bash: `# bash completion for mathesarctl
_mathesarctl() {
    local candidate program=\${COMP_WORDS[0]}
    COMPREPLY=()
    # The target of a redirection is not an argument of the program.
    case \${COMP_WORDS[COMP_CWORD-1]} in
        '<' | '>' | '<>' | '>>' | '>|' | '&>' | '&>>')
            compopt -o default 2>/dev/null
            return
            ;;
    esac
    # The word is unexpanded: if only bash could expand it (an alias, a variable, quotes), use the program on
    # the PATH.
    [[ $program != '~/'* ]] || program=$HOME/\${program:2}
    type -P "$program" >/dev/null || program=mathesarctl
    # The program splits the line itself, because bash also splits words at "=" and ":".
    while IFS= read -r candidate; do
        case $candidate in
            $'\\tfiles') compopt -o default 2>/dev/null ;;
            $'\\tdirectories') compopt -o dirnames 2>/dev/null ;;
            *) COMPREPLY+=("$candidate") ;;
        esac
    done < <("$program" ${COMPLETE} --shell bash --breaks "$COMP_WORDBREAKS" -- \\
        "\${COMP_LINE:0:COMP_POINT}" </dev/null 2>/dev/null)
}
complete -o nosort -F _mathesarctl mathesarctl 2>/dev/null || complete -F _mathesarctl mathesarctl
`,
  zsh: `#compdef mathesarctl
# zsh completion for mathesarctl
_mathesarctl() {
    local -a candidates
    # The word is unexpanded: if only zsh could expand it (an alias, a variable), use the program on the PATH.
    local program=\${\${(Q)words[1]}/#\\~\\//$HOME/}
    whence -p "$program" >/dev/null || program=mathesarctl
    candidates=("\${(@f)$("$program" ${COMPLETE} --shell zsh -- \\
        "\${(@)words[2,CURRENT-1]}" "$IPREFIX$QIPREFIX$PREFIX" </dev/null 2>/dev/null)}")
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
    # The word is unexpanded: if only fish could expand it (a variable), use the program on the PATH.
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
                # Complete as for an unknown command: fish's own function for paths does not read quotes.
                printf '%s\\n' "$flag"(complete -C "'' $path")
            end
        case '*'
            printf '%s\\n' $candidates
    end
end
complete -c mathesarctl -f -k -a '(__mathesarctl_complete)'
`,
}
