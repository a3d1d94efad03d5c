# Prints what fish offers for the line in the first argument.
if not set -q INSTALLED
    kk completion fish | source
end
complete -C $argv[1]
