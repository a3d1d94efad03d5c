# Prints what fish offers for the line in the first argument.
if not set -q INSTALLED
    kk completion fish | source
end
# Of a kubectl that is real, its own too.
if not string match -q "kk *" $argv[1]
    kubectl completion fish | source
end
complete -C $argv[1]
