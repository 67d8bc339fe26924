"""`python -m voiceagent.worker`: started by a Pool, never by hand."""

from voiceagent.worker.child import main

if __name__ == "__main__":
    main()
