# Completion of dtrace's command line for bash: flags, options of -x, files, and probes (listed once a shell).
_dtrace() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $before in
    -x) mapfile -t COMPREPLY < <(compgen -W "$_dtrace_options" -- "$word") && compopt -o nospace ;;
    -n | -P | -m | -f)
        [ -n "$_dtrace_probes" ] || _dtrace_probes=$("${COMP_WORDS[0]}" -l 2>/dev/null | awk 'NR > 1 { print $2 ":" $3 ":" $4 ":" $5 }')
        local typed=${COMP_LINE:0:COMP_POINT}
        typed=${typed##*[[:space:]\'\"]}
        mapfile -t COMPREPLY < <(_dtrace_next "$before" "$typed")
        compopt -o nospace -o nosort
        ;;
    -p) mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && echo [0-9]*)" -- "$word") ;;
    -s | -o | -L | -I) mapfile -t COMPREPLY < <(compgen -f -- "$word") && compopt -o filenames ;;
    -c) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "-b -c -C -D -e -F -f -H -i -I -l -L -m -n -o -p -P -q -s -S -U -v -V -w -x -X -Z --help" -- "$word") ;;
    esac
}

# What may come next in a description: the part of the matching names up to the next colon. Bash hands over what is behind the last colon.
_dtrace_next() {
    local fields
    case $1 in -P) fields=1 ;; -m) fields=2 ;; -f) fields=3 ;; *) fields=4 ;; esac
    local done_=${2%"${2##*:}"}
    cut -d: -f"1-$fields" <<<"$_dtrace_probes" | awk -v typed="$2" -v known="$done_" '
        index($0, typed) == 1 {
            rest = substr($0, length(known) + 1)
            part = rest ~ /:/ ? substr(rest, 1, index(rest, ":")) : rest
            if (!(part in seen)) { seen[part] = 1; print part }
        }' | head -200
}

_dtrace_options="
agghist aggpack aggpercpu aggrate= aggsize= aggsortkey aggsortkeypos= aggsortpos= aggsortrev aggzoom amin= argref
bpflog bpflogsize= bufpolicy= bufresize= bufsize= cleanrate= core cpp cppargs= cpphdrs cpppath= cpu= ctfpath= ctypes=
debug debugassert= defaultargs define= destructive disasm= dofstashpath= droptags dtypes= dynvarsize= empty encoding=
engine= errtags evaltime= fbtmech= flowindent grabanon incdir= iregs= jstackframes= jstackstrsize= kdefs knodefs late=
lazyload ldpath= libdir= linkmode= linknommap linktype= lockmem= maxframes= modpath= nolibs noresolve nspec=
objcopypath= pcapsize= pgmax= preallocate= printsize= procfspath= pspec quiet quietresize rawbytes scratchsize= setenv=
specsize= stability stackframes= stackindent= statusrate= stdc= strip strsize= switchrate= syslibdir= sysslice=
temporal tree= tregs= udefs undef= unodefs unsetenv= useruid= ustackcopy= ustackframes= verbose version= xlate= zdefs
"
complete -F _dtrace dtrace ./dtrace
