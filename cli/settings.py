"""Settings from the environment: one typed class, listed by `lifecycle doctor`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, with the default that just works."""

    model_config = SettingsConfigDict(env_prefix="LIFECYCLE_", frozen=True)

    data_dir: Path = Field(Path("var"), description="where the database and outgoing mail are kept")
    database_url: str = Field("", description="database; default: lifecycle.sqlite in the data dir")
    actor: str = Field("", description="who acts when --as is not given: ROLE or ROLE:NAME")
    lang: str = Field("zh", description="zh or en: the language of what officers read")
    smtp_url: str = Field("", description="smtp://user:password@host:port; empty: files only")
    mail_from: str = Field("lifecycle@localhost", description="sender of notices")
    https: bool = Field(
        default=False, description="true when browsers reach the desk by https: cookies need it"
    )
    mail_dir: Path | None = Field(None, description="folder of .eml files; default: DATA_DIR/mail")

    @property
    def url(self) -> str:
        """The database that is meant."""
        return self.database_url or f"sqlite:///{self.data_dir / 'lifecycle.sqlite'}"

    @property
    def outgoing(self) -> Path:
        """The folder into which notices are delivered as files."""
        return self.mail_dir or self.data_dir / "mail"
