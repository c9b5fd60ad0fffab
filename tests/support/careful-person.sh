#!/usr/bin/env bash
# A pinentry (Assuan protocol) that acts for a careful person: types the PIN of $SIGNET_DEV_DEVICE,
# but only where the prompt shows what is in its file means-to-pay; refuses otherwise.
set -euo pipefail

description=''
echo 'OK Pleased to meet you'
while read -r command rest; do
  case $command in
    SETDESC)
      description=$rest
      echo OK
      ;;
    GETPIN)
      if [[ $description == *"$(<"$SIGNET_DEV_DEVICE/means-to-pay")"* ]]; then
        printf 'D %s\nOK\n' "$(<"$SIGNET_DEV_DEVICE/token/pin")"
      else
        echo 'ERR 83886179 Operation cancelled <Pinentry>'
      fi
      ;;
    BYE)
      echo OK
      exit 0
      ;;
    *) echo OK ;;
  esac
done
